# shellcheck shell=bash disable=SC2034
# Sourced: builds an example, starts it, and stops it when the script ends.

target=$(realpath --canonicalize-missing "${CARGO_TARGET_DIR:-target}")
server=
trap stop_example EXIT

# Starts an example on a free port, writes its words to a file, and sets `url`; what follows goes to the example.
start_example() {
    local example=$1 log=$2
    shift 2
    cargo build --locked --all-features --example "$example"
    # It has to be there before the server is: the loop below reads it at once.
    : >"$log"
    # Port 0: the system picks a free one, and the server prints which.
    "$target/debug/examples/$example" 127.0.0.1:0 "$@" >"$log" 2>&1 &
    server=$!
    for _ in {1..100}; do
        url=$(sed --quiet 's|^listening on \(http://[^ ]*\).*|\1|p' "$log")
        [[ -z $url ]] || return 0
        example_runs || break
        sleep 0.1
    done
    give_up "$example did not start" "$log"
}

example_runs() {
    kill -0 "$server" 2>/dev/null
}

# Ends the example as a service manager would; it has to shut down in order.
stop_example() {
    local status=0 pid=$server
    server=
    [[ -n $pid ]] || return 0
    kill -TERM "$pid" 2>/dev/null || true
    wait "$pid" || status=$?
    if [[ $status != 0 ]]; then
        echo "the example ended with status $status on SIGTERM" >&2
        return 1
    fi
}

# Says why there is no verdict, with the last words of the server.
give_up() {
    printf '%s; the end of %s:\n' "$1" "$2" >&2
    tail --lines 20 "$2" >&2
    exit 1
}
