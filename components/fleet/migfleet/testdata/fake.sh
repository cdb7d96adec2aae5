#!/bin/sh
# Stands in for a program that boot.sh calls: notes the call and fails if it
# holds $FAIL, which happens $FAIL_TIMES times.
name=${0##*/}
call="$name $*"
printf '%s\n' "$call" >>"$SANDBOX/calls"
case $call in
*"--header @-"*) cat >"$SANDBOX/authorization" ;;
esac
if [ -n "$FAIL" ]; then
	case $call in
	*"$FAIL"*)
		failed=$(($(cat "$SANDBOX/failed" 2>/dev/null || echo 0) + 1))
		echo "$failed" >"$SANDBOX/failed"
		if [ "$failed" -le "$FAIL_TIMES" ]; then
			printf '%s: a "fault"\n' "$name" >&2
			exit 1
		fi
		;;
	esac
fi
out=/dev/stdout
previous=
for last; do
	[ "$previous" = --output ] && out=$last
	[ "$previous" = --data ] && data=$last
	previous=$last
done
case $call in
*/project/project-id) echo acme-grid ;;
*/instance/name) echo stack-spot-x1y2 ;;
*/instance/zone) echo projects/123456789012/zones/europe-west1-c ;;
*/instance/id) echo 4711 ;;
*/attributes/created-by) echo "$CREATED_BY" ;;
*/service-accounts/default/token) echo '{"access_token":"a-token","expires_in":3599,"token_type":"Bearer"}' ;;
*/attributes/spotgrid-*) cat "$SANDBOX/attributes/${last##*/spotgrid-}" ;;
*https://storage.googleapis.com/*) cat "$SANDBOX/program" >"$out" ;;
*entries:write) cp "${data#@}" "$SANDBOX/entries" ;;
esac
