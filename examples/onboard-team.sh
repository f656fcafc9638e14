#!/usr/bin/env bash
# Takes a team into an organization by Anaconda's organization API, and walks one more person through a user's whole
# life: added, seated, given a token, and taken out again in the order that the API wants.
#
#   onboard-team.sh PEOPLE.csv
#
# PEOPLE.csv has the header `email,first_name,last_name` and one person a line, without quotes.
# It needs bash, curl and the usual text tools. Set, where the demo's values are not yours:
#   TESSERA_URL             where the server listens        http://127.0.0.1:8080
#   TESSERA_ORG             the organization's id           the demo's Acme
#   TESSERA_ADMIN_EMAIL     an admin of it
#   TESSERA_ADMIN_PASSWORD  the admin's password
#   TESSERA_VISITOR         the address added by hand       visitor@acme.test
set -euo pipefail

url=${TESSERA_URL:-http://127.0.0.1:8080}
org=${TESSERA_ORG:-00000000-0000-4000-8000-000000000001}
admin_email=${TESSERA_ADMIN_EMAIL:-admin@acme.test}
admin_password=${TESSERA_ADMIN_PASSWORD:-Acme-Admin-2026}
visitor=${TESSERA_VISITOR:-visitor@acme.test}
api=${url%/}/organizations/$org

die() {
  printf 'onboard-team: %s\n' "$*" >&2
  exit 1
}

[ $# -eq 1 ] || die "usage: onboard-team.sh PEOPLE.csv"
[ -r "$1" ] || die "cannot read $1"
command -v curl >/dev/null || die "curl is not installed"

# Secrets go to curl in files that only we can read, so that no list of processes shows them.
umask 077
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# call STATUS METHOD URL [curl's options]: sends a request, leaves the answer in $work/answer, and stops at any status
# but the one expected.
call() {
  local expected=$1 method=$2 target=$3 status
  shift 3
  : >"$work/answer"
  status=$(curl --silent --show-error --globoff --max-time 60 --request "$method" \
    --output "$work/answer" --write-out '%{http_code}' "$@" "$target") || die "$method $target: no answer"
  [ "$status" = "$expected" ] ||
    die "$method $target: expected $expected, got $status: $(head -c 1000 "$work/answer" 2>/dev/null)"
}

# as WHO STATUS METHOD PATH [JSON]: calls an operation of the organization as the admin or as the service account.
as() {
  local who=$1 expected=$2 method=$3 path=$4
  shift 4
  if [ $# -gt 0 ]; then
    call "$expected" "$method" "$api$path" --header "@$work/$who" --header 'Content-Type: application/json' --data-raw "$1"
  else
    call "$expected" "$method" "$api$path" --header "@$work/$who"
  fi
}

# member NAME: the text of a member of the last answer. It serves ids, secrets, totals and times, which hold no escapes.
member() {
  local found
  found=$(grep -o "\"$1\"[[:space:]]*:[[:space:]]*\"[^\"\\\\]*\"" "$work/answer" | head -n 1 |
    sed 's/^"[^"]*"[[:space:]]*:[[:space:]]*"//; s/"$//') || true
  [ -n "$found" ] || die "the answer has no $1: $(head -c 1000 "$work/answer")"
  printf '%s' "$found"
}

# quoted TEXT: the text as a JSON string.
quoted() {
  printf '"%s"' "$(printf '%s' "$1" | tr -d '\000-\037' | sed 's/\\/\\\\/g; s/"/\\"/g')"
}

# sign_in WHO [curl's form options]: fetches an access token and keeps it as WHO's header.
sign_in() {
  local who=$1 bearer
  shift
  call 200 POST "${url%/}/api/auth/oauth2/token" "$@"
  bearer=$(member access_token)
  printf 'Authorization: Bearer %s\n' "$bearer" >"$work/$who"
}

emails=''
: >"$work/people"
{
  IFS= read -r header || true
  [ "${header%$'\r'}" = email,first_name,last_name ] || die "$1: the header is not email,first_name,last_name"
  while IFS=, read -r email first last || [ -n "$email" ]; do
    email=${email%$'\r'} last=${last%$'\r'}
    [ -n "$email" ] || continue
    case $email,$first,$last in *\"* | *,*,*,*) die "$1: quotes, or more than three fields: $email" ;; esac
    emails=${emails:+$emails,}$(quoted "$email")
    printf '%s\t%s\n' "$email" "$first $last" >>"$work/people"
  done
} <"$1"
[ -n "$emails" ] || die "$1: nobody is in it"
people=$(wc -l <"$work/people" | tr -d ' ')

printf '%s' "$admin_password" >"$work/password"
sign_in admin --data 'grant_type=password' --data-urlencode "username=$admin_email" --data-urlencode "password@$work/password"
echo "1. Signed in as the admin, $admin_email."

as admin 200 POST /service-accounts '{"name":"onboarding"}'
client_id=$(member client_id)
member client_secret >"$work/secret"
echo "2. Created the service account onboarding, client id $client_id."

sign_in service --data 'grant_type=client_credentials' --data-urlencode "client_id=$client_id" \
  --data-urlencode "client_secret@$work/secret"
echo "3. Signed in as the service account."

as service 200 POST /users_auto_registration "{\"user_emails\":[$emails]}"
onboarded=$(grep -o '"users_in_onboarding_process"[[:space:]]*:[[:space:]]*\[[^]]*\]' "$work/answer") ||
  die "the answer has no users_in_onboarding_process: $(head -c 1000 "$work/answer")"
total=$(member total_organization_seats)
free=$(member available_organization_seats)
count=0
: >"$work/lines"
while IFS=$'\t' read -r email name; do
  case ${onboarded#*:} in
    *"$(quoted "$email")"*)
      count=$((count + 1))
      echo "   $name <$email>: has a seat and a token by mail" >>"$work/lines"
      ;;
    *) echo "   $name <$email>: not onboarded, for there is an account already or no free seat" >>"$work/lines" ;;
  esac
done <"$work/people"
echo "4. Onboarded $count of $people people; $free of $total seats are free."
cat "$work/lines"

as service 200 POST /users "{\"email\":$(quoted "$visitor"),\"first_name\":\"Vera\",\"last_name\":\"Visitor\"}"
user=$(member id)
echo "5. Added Vera Visitor <$visitor> by hand, id $user: no seat and no token yet."

as service 201 POST "/users/$user/seats?send_seat_assigned_email=true"
echo "6. Assigned a seat."

expiry=$(($(date -u +%Y) + 1))-01-01T00:00:00+00:00
as service 200 POST "/users/$user/token" "{\"expires_at\":\"$expiry\",\"send_token_email\":false}"
token=$(member token)
echo "7. Issued a token that ends at $expiry; this is the one time it is shown, as ${token%"${token#????}"}…"

as service 200 PATCH "/users/$user/token"
as service 200 GET "/users/$user/tokens"
echo "8. Synchronized the token with the subscription: it ends at $(member expires_at)."

as service 204 DELETE "/users/$user/token"
echo "9. Revoked the token."

as service 204 DELETE "/users/$user/seats"
echo "10. Removed the seat."

as service 204 DELETE "/users/$user"
echo "11. Removed the user."

as admin 204 DELETE "/service-accounts/$client_id"
echo "12. Deleted the service account; the team keeps its seats."
