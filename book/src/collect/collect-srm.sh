#!/bin/sh
# Collects what rehome reads of Site Recovery Manager or Live Site Recovery into one file.
# Needs a POSIX shell, awk and curl. Only reads, apart from logging in and out.
set -eu

usage() {
    cat >&2 <<'USAGE'
usage: collect-srm.sh [-k] [-c CA_FILE] [-R REMOTE_USER] [-r REPLICATION_HOST] [-o FILE] HOST USER

  HOST   the SRM appliance of one of the two sites, or a URL such as https://srm.example.com
  USER   a user that may read recovery plans, such as administrator@vsphere.local

  -k     do not check the certificate of the appliance
  -c     check it against this CA
  -R     the user at the other site, where it is another one
  -r     the vSphere Replication appliance, where it is another one
  -o     the file to write; srm-bundle.json when left out

The password is read from SRM_PASSWORD, that of the other site from SRM_REMOTE_PASSWORD where it is
another one.
USAGE
    exit 2
}

insecure= ca= remote_user= replication= out=srm-bundle.json
while getopts kc:R:r:o: option; do
    case $option in
    k) insecure=yes ;;
    c) ca=$OPTARG ;;
    R) remote_user=$OPTARG ;;
    r) replication=$OPTARG ;;
    o) out=$OPTARG ;;
    *) usage ;;
    esac
done
shift $((OPTIND - 1))
[ $# -eq 2 ] || usage
host=$1 user=$2
: "${remote_user:=$user}"
if [ -z "${SRM_PASSWORD:-}" ]; then
    echo "collect-srm.sh: SRM_PASSWORD is not set" >&2
    exit 2
fi
remote_password=${SRM_REMOTE_PASSWORD:-$SRM_PASSWORD}

# Everything that holds a password or a token is readable by this user alone, and no command line
# ever shows one.
umask 077
LC_ALL=C
export LC_ALL
work=$(mktemp -d "${TMPDIR:-/tmp}/collect-srm.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
: >"$work/bundle"
failed=0
fatal=yes

say() { echo "collect-srm.sh: $*" >&2; }

# Prints PATH <tab> VALUE for every scalar of the JSON on its input, such as /list/0/id <tab> 7.
cat >"$work/walk.awk" <<'AWK'
function path(  k, p) { for (k = 1; k <= depth; k++) p = p "/" name[k]; return p }
{
    n = length($0)
    for (i = 1; i <= n; i++) {
        c = substr($0, i, 1)
        if (c == "\"") {
            for (j = i + 1; j <= n; j++) {
                d = substr($0, j, 1)
                if (d == "\\") j++
                else if (d == "\"") break
            }
            s = substr($0, i + 1, j - i - 1)
            i = j
            if (kind[depth] == "{" && !after_key[depth]) { name[depth] = s; after_key[depth] = 1 }
            else print path() "\t" s
        } else if (c == "{" || c == "[") {
            depth++
            kind[depth] = c
            after_key[depth] = 0
            name[depth] = 0
        } else if (c == "}" || c == "]") depth--
        else if (c == ",") {
            if (kind[depth] == "{") after_key[depth] = 0
            else name[depth]++
        } else if (c !~ /[ \t\r:]/) {
            for (j = i; j <= n && substr($0, j, 1) !~ /[],} \t\r]/; j++) ;
            print path() "\t" substr($0, i, j - i)
            i = j - 1
        }
    }
}
AWK

# The values at the paths that match a pattern.
values() {
    awk -f "$work/walk.awk" "$work/answer" |
        awk -F '\t' -v at="$1" '$1 ~ at { print $2 }' |
        sed 's/\\\([\\"\/]\)/\1/g'
}

# A part of a path, percent-encoded.
encode() {
    printf '%s\n' "$1" | awk '
        BEGIN { for (i = 1; i < 256; i++) code[sprintf("%c", i)] = sprintf("%%%02X", i) }
        {
            for (i = 1; i <= length($0); i++) {
                c = substr($0, i, 1)
                printf "%s", (c ~ /[A-Za-z0-9._~-]/) ? c : code[c]
            }
        }'
}

# A string for a curl configuration file.
quoted() { printf '%s\n' "$1" | sed 's/[\\"]/\\&/g'; }

# Makes a request; the answer goes to a file and the status to a variable.
ask() { # METHOD PATH [CONFIG]
    rm -f "$work/answer"
    status=$(
        {
            cat "$work/common" "$work/session"
            [ $# -lt 3 ] || cat "$3"
            printf 'request = "%s"\nurl = "%s"\n' "$1" "$(quoted "$base$2")"
        } | curl --silent --show-error --globoff --config - \
            --output "$work/answer" --write-out '%{http_code}'
    ) || {
        say "no answer from $base$2"
        [ "$fatal" = no ] || exit 1
        status=0
    }
    [ -f "$work/answer" ] || : >"$work/answer"
}

# Adds the answer to the bundle, with its request.
add() { # PATH
    {
        printf '{"request": "GET %s", "status": %s, "response": ' "$1" "$status"
        case $(dd if="$work/answer" bs=1 count=1 2>/dev/null) in
        '{' | '[') cat "$work/answer" ;;
        *) printf '{}' ;;
        esac
        printf '}\n'
    } >>"$work/bundle"
}

# Asks, and keeps the answer: also one that is an error, so that rehome can say what is missing.
keep() { # PATH
    ask GET "$1"
    add "$1"
    case $status in
    2*) return 0 ;;
    esac
    say "GET $1 answered $status"
    failed=$((failed + 1))
    return 1
}

# The ids of the folders in an answer: a list, or one folder.
folders_of() {
    awk -f "$work/walk.awk" "$work/answer" | awk -F '\t' '
        { n = split($1, p, "/"); at = p[2] == "list" ? p[3] : ""; key = p[n] }
        p[2] == "list" && n == 4 || n == 2 {
            if (key == "id") id[at] = $2
            if (key == "type" && $2 == "FOLDER") folder[at] = 1
        }
        END { for (i in folder) print id[i] }'
}

# Keeps every page of a list, and prints the values at a pattern, one a line, or what a function of the
# answer prints.
pages() { # PATH PATTERN [FUNCTION]
    : >"$work/found"
    offset=0 page=$1
    while keep "$page"; do
        "${3:-values}" "$2" >>"$work/found"
        count=$(awk -f "$work/walk.awk" "$work/answer" |
            awk -F '[/\t]' '$2 == "list" && $3 + 1 > n { n = $3 + 1 } END { print n + 0 }')
        total=$(values '^/_meta/total$')
        offset=$((offset + count))
        [ "$count" -gt 0 ] && [ "$offset" -lt "${total:-0}" ] || break
        page="$1?offset=$offset"
    done
    cat "$work/found"
}

# Opens every step of a run, some hundred at a time, and keeps what is shown.
steps() { # PATH
    : >"$work/asked"
    echo >"$work/queue"
    while [ -s "$work/queue" ]; do
        ids=$(head -n 1 "$work/queue")
        sed 1d "$work/queue" >"$work/rest"
        mv "$work/rest" "$work/queue"
        page=$1
        [ -z "$ids" ] || page="$1?expanded_step_ids=$ids"
        keep "$page" || return 0
        awk -f "$work/walk.awk" "$work/answer" |
            awk -F '\t' -v asked="$work/asked" '
                BEGIN { while ((getline line < asked) > 0) old[line] = 1; line = "" }
                { split($1, p, "/") }
                p[2] == "list" && p[4] == "id" { name[p[3]] = $2 }
                p[2] == "list" && p[4] == "depth" { depth[p[3]] = $2 }
                p[2] == "list" && p[4] == "child_count" { children[p[3]] = $2 }
                p[2] == "list" && p[3] + 1 > n { n = p[3] + 1 }
                END {
                    for (i = 0; i < n; i++) {
                        above[depth[i]] = name[i]
                        if (children[i] + 0 == 0 || name[i] in old) continue
                        if (i + 1 < n && depth[i + 1] > depth[i]) continue
                        print name[i] >>asked
                        line = line "," name[i]
                        for (d = 0; d < depth[i]; d++)
                            if (!(above[d] in mine)) { mine[above[d]] = 1; line = line "," above[d] }
                        if (++k % 100 == 0) { print substr(line, 2); line = ""; split("", mine) }
                    }
                    if (line != "") print substr(line, 2)
                }' >>"$work/queue"
        values_of_callouts >>"$work/callouts"
    done
}

# The ids of steps that people added to the plan.
values_of_callouts() {
    awk -f "$work/walk.awk" "$work/answer" | awk -F '\t' '
        { split($1, p, "/") }
        p[2] == "list" && p[4] == "id" { id[p[3]] = $2 }
        p[2] == "list" && p[4] == "plan_callout_position_spec" && p[5] != "" { added[p[3]] = 1 }
        END { for (i in added) print id[i] }'
}

# Keeps the folders at a path, and those in them.
folders() { # PATH
    : >"$work/asked"
    pages "$1" '' folders_of >"$work/queue"
    while [ -s "$work/queue" ]; do
        folder=$(head -n 1 "$work/queue")
        sed 1d "$work/queue" >"$work/rest"
        mv "$work/rest" "$work/queue"
        ! grep -Fqx -e "$folder" "$work/asked" || continue
        printf '%s\n' "$folder" >>"$work/asked"
        pages "$1/$(encode "$folder")/children" '' folders_of >"$work/below"
        cat "$work/below" >>"$work/queue"
    done
}

login() { # PATH USER PASSWORD
    printf 'user = "%s"\n' "$(quoted "$2:$3")" >"$work/login"
    ask POST "$1" "$work/login"
    rm -f "$work/login"
}

# Logs in at an appliance: all that follows is asked there.
begin() { # HOST API
    case $1 in
    *://*) base=${1%/} ;;
    *) base=https://$1 ;;
    esac
    api=$2
    : >"$work/session"
    login "$api/session" "$user" "$SRM_PASSWORD"
    token=$(values '^/session_id$')
    case $status in
    2*) ;;
    *) token= ;;
    esac
    if [ -z "$token" ]; then
        say "login at $base$api failed: it answered $status"
        [ "$fatal" = no ] || exit 1
        return 1
    fi
    printf 'header = "x-dr-session: %s"\n' "$(quoted "$token")" >"$work/session"
}

remote() { # PAIRING
    login "$api/pairings/$1/remote-session" "$remote_user" "$remote_password"
    case $status in
    2*) ;;
    *)
        say "login at the other site failed: it answered $status"
        failed=$((failed + 1))
        ;;
    esac
}

one_plan() { # PLANS PLAN
    plan=$1/$2
    say "recovery plan $2"
    pages "$plan/protection-groups" '^$'
    pages "$plan/test-networks" '^$'
    pages "$plan/vms" '^/list/[0-9]+/id$' >"$work/plan-vms"
    while IFS= read -r vm; do
        keep "$plan/vms/$(encode "$vm")/recovery-settings" || :
    done <"$work/plan-vms"
    for mode in recovery test; do
        : >"$work/callouts"
        steps "$plan/recovery-steps/$mode"
        sort -u "$work/callouts" >"$work/callouts-once"
        while IFS= read -r step; do
            keep "$plan/recovery-steps/$mode/$step/callout-data" || :
        done <"$work/callouts-once"
    done
}

{
    printf 'header = "Accept: application/json"\nheader = "Accept-Language: en"\n'
    [ -z "$insecure" ] || echo insecure
    [ -z "$ca" ] || printf 'cacert = "%s"\n' "$(quoted "$ca")"
} >"$work/common"

begin "$host" /api/rest/srm/v2
pages "$api/pairings" '^/list/[0-9]+/pairing_id$' >"$work/pairings"
while IFS= read -r pairing; do
    pairing=$(encode "$pairing")
    remote "$pairing"
    at=$api/pairings/$pairing
    pages "$at/srms" '^/list/[0-9]+/id$' >"$work/servers"
    while IFS= read -r server; do
        for kind in networks test-networks folders resources storage-policies placeholder-datastores; do
            pages "$at/srms/$(encode "$server")/inventory-mappings/$kind" '^$'
        done
    done <"$work/servers"
    folders "$at/protection-management/inventory"
    folders "$at/recovery-management/inventory"
    pages "$at/protection-management/groups" '^/list/[0-9]+/id$' >"$work/groups"
    while IFS= read -r group; do
        pages "$at/protection-management/groups/$(encode "$group")/vms" '^$'
    done <"$work/groups"
    pages "$at/recovery-management/plans" '^/list/[0-9]+/id$' >"$work/plans"
    while IFS= read -r plan; do
        one_plan "$at/recovery-management/plans" "$(encode "$plan")"
    done <"$work/plans"
done <"$work/pairings"
ask DELETE "$api/session"

# How much data may be lost is told by vSphere Replication; without it the rest is still of use.
fatal=no
if begin "${replication:-$host}" /api/rest/vr/v2; then
    fatal=yes
    pages "$api/pairings" '^/list/[0-9]+/pairing_id$' >"$work/pairings"
    while IFS= read -r pairing; do
        pairing=$(encode "$pairing")
        remote "$pairing"
        pages "$api/pairings/$pairing/replications" '^$'
    done <"$work/pairings"
    ask DELETE "$api/session"
else
    failed=$((failed + 1))
fi

mv "$work/bundle" "$out"
say "wrote $out"
if [ "$failed" -gt 0 ]; then
    say "$failed calls failed; rehome says what each of them means"
    exit 1
fi
