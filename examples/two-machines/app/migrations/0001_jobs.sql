create table jobs (
  id serial primary key,
  name text not null,
  asked_at timestamptz not null default now(),
  done_at timestamptz,
  done_by text
);
