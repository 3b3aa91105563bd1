-- Where the logs of a namespace are to be forwarded to. Nothing here forwards them: it is kept for those who ask.

create table forwarding (
    namespace   text primary key,
    destination blob not null           -- JSON object with one member: the destination's name, and its settings
) without rowid;
