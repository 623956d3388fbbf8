# Ends the server of the last release and starts the one of this release.
# usage: restart.sh NODE PORT
pid=$LANDFALL_DIRECTORY/shared/server.pid
if [ -s "$pid" ] && kill "$(cat "$pid")"; then
  while kill -0 "$(cat "$pid")" 2>/dev/null; do sleep 0.1; done
fi
"$1" server.mjs "$2" >server.log 2>&1 &
echo $! >"$pid"
echo restarted
