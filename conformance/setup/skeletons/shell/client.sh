# An adapter between the conformance suite and a Synq client for the shell. It works as it stands, with a client of its
# own on curl and jq: put yours in the place of the two functions synq_configure and synq_request.

NAME="my client"
VERSION=0

# Finds the settings in $base_url, $email, $password, $tenant_id, $org_id and $sign_in_path, and forgets what was before.
synq_configure() {
    token=
    good_until=0
}

# synq_request METHOD TARGET HEADERS [BODY]: HEADERS and BODY are files. Leaves the status in $status and the content in
# $work/content. If it fails, it returns non-zero and leaves $reason, and in $kind "auth" if no token could be had,
# "permission" if the account may not, "transport" if the network failed, or "other".
synq_request() {
    if [ -z "$token" ] || [ "$(date +%s)" -ge "$good_until" ]; then
        sign_in || return
    fi
    send "$@" || return
    if [ "$status" = 401 ]; then
        sign_in || return
        send "$@" || return
    fi
}

# ---------------------------------------------------------------- what your client does instead

send() {
    local method=$1 target=$2 headers=$3 body=${4-}
    {
        cat "$headers"
        printf '%s: %s\n' Authorization "Bearer $token" X-Tenant-ID "$tenant_id" X-Org-ID "$org_id"
    } > "$work/sent" # no secret on a command line, which others could list
    set -- --request "$method" --header "@$work/sent" --max-time 5
    [ "$method" = HEAD ] && set -- "$@" --head
    [ -n "$body" ] && set -- "$@" --data-binary "@$body"
    asked "$@" "$base_url$target" || { kind=transport reason="curl: exit code $?"; return 1; }
}

sign_in() {
    local asked_at life lead
    asked_at=$(date +%s) kind=auth token=
    email=$email password=$password jq -cn '{email: env.email, password: env.password}' > "$work/credentials"
    asked --header "Content-Type: application/json" --data-binary "@$work/credentials" --max-time 3 \
        "$base_url$sign_in_path" || { reason="signing in brought no answer"; return 1; }
    [ "$status" = 200 ] && token=$(jq -r '.token | strings' "$work/content" 2> /dev/null)
    [ -n "$token" ] || { reason="signing in was answered $status"; return 1; }
    life=$(jq -r '.expires_in // 3600 | numbers | floor' "$work/content")
    lead=$((life / 10 < 60 ? life / 10 : 60))
    good_until=$((asked_at + life - lead))
}

# curl follows no redirect unless told, so no other origin sees the token.
asked() {
    : > "$work/content"
    status=$(curl --silent --globoff --path-as-is --header Expect: --output "$work/content" --write-out '%{http_code}' "$@")
}
