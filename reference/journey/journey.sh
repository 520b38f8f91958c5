#!/usr/bin/env bash
# Two devices and a server that is killed: everything that was accepted arrives, once and in order.
# Needs `pinnaced` and `pinnace` in PATH. Payloads are opaque to the protocol and NOT END-TO-END ENCRYPTED.
set -euo pipefail

work=$(mktemp -d)
trap 'kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT

start_server() { # on the same data each time; the first line that it prints says where it listens
    exec {ready}< <(exec pinnaced dev --data "$work/server" --ready-json)
    server=$!
    read -r line <&"$ready"
    PINNACE_SERVER="tcp://$(field tcp)/?realm=$(field realm)"
    export PINNACE_SERVER
}
field() { sed "s/.*\"$1\":\"\([^\"]*\)\".*/\1/" <<<"$line"; }
alice() { pinnace --home "$work/alice" "$@"; }
bob() { pinnace --home "$work/bob" "$@"; }
device() { sed -n 's/^device *//p'; }

start_server
alice register --number +46700000001 --code-from "$(field gateway_log)"
bob register --number +46700000002 --code-from "$(field gateway_log)"
from=$(alice status | device)
to=$(bob status | device)

# Bob is away. Alice sends three messages and a file, and the server accepts them.
for text in one two three; do alice send --to "$to" "$text"; done
head -c 100000 /dev/urandom >"$work/photo"
alice send --to "$to" --file "$work/photo"

kill -9 "$server"
wait "$server" || true
start_server

# Bob is back.
bob receive --save-dir "$work/received" | tee "$work/heard"
diff "$work/heard" - <<EOF
$from: one
$from: two
$from: three
$from: file $work/received/photo
EOF
cmp "$work/photo" "$work/received/photo"
test -z "$(bob receive)"
echo "everything arrived, once and in order"
