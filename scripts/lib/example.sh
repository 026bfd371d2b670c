# shellcheck shell=bash disable=SC2034
# Sourced: builds examples, starts them and servers beside them, and stops them when the script ends.

target=$(realpath --canonicalize-missing "${CARGO_TARGET_DIR:-target}")
servers=()
trap stop_servers EXIT

# Starts an example on a free port, writes its words to a file, and sets `url`; what follows goes to the example.
start_example() {
    local example=$1 log=$2
    shift 2
    cargo build --locked --all-features --example "$example"
    # Port 0: the system picks a free one.
    start_server "$log" "$target/debug/examples/$example" 127.0.0.1:0 "$@"
}

# The same for an example of the package with real logins.
start_login() {
    local example=$1 log=$2
    cargo build --locked --manifest-path examples/auth/Cargo.toml --target-dir "$target" --bin "$example"
    start_server "$log" "$target/debug/$example" 127.0.0.1:0
}

# Starts a server that prints where it listens, writes its words to a file, and sets `url`.
start_server() {
    local log=$1
    shift
    # It has to be there before the server is: the loop below reads it at once.
    : >"$log"
    "$@" >"$log" 2>&1 &
    servers+=($!)
    for _ in {1..100}; do
        url=$(sed --quiet 's|^listening on \(http://[^ ]*\).*|\1|p' "$log")
        [[ -z $url ]] || return 0
        server_runs || break
        sleep 0.1
    done
    give_up "$1 did not start" "$log"
}

# Whether the server that was started last still runs.
server_runs() {
    kill -0 "${servers[-1]}" 2>/dev/null
}

# Ends what was started, the last one first, as a service manager would; each has to shut down in order.
stop_servers() {
    local status pid failed=0
    while ((${#servers[@]} > 0)); do
        pid=${servers[-1]} status=0
        unset 'servers[-1]'
        kill -TERM "$pid" 2>/dev/null || true
        wait "$pid" || status=$?
        if [[ $status != 0 ]]; then
            echo "a server ended with status $status on SIGTERM" >&2
            failed=1
        fi
    done
    return "$failed"
}

# Says why there is no verdict, with the last words of the server.
give_up() {
    printf '%s; the end of %s:\n' "$1" "$2" >&2
    tail --lines 20 "$2" >&2
    exit 1
}
