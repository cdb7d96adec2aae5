#!/bin/sh
# Stands in for a program that boot.sh calls: notes the call and fails if it
# holds $FAIL, which happens $FAIL_TIMES times.
name=${0##*/}
call="$name $*"
printf '%s\n' "$call" >>"$SANDBOX/calls"
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
for last; do :; done
case $call in
*api/token) echo a-token ;;
*meta-data/instance-id) echo i-0123456789abcdef0 ;;
"aws s3 cp"*) cp "$SANDBOX/program" "$last" ;;
"aws logs put-log-events"*) cp "${last#file://}" "$SANDBOX/events" ;;
esac
