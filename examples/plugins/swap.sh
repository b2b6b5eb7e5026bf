#!/bin/sh
# A plugin for `pn`: has the kernel swap as eagerly as this file says, on Linux.
# No parameters: the wanted figure stands in /etc/pn-swappiness.
# It shows that a shell script can be a plugin: only the word after "op" matters here.
question=$(cat)
setting=/proc/sys/vm/swappiness
wanted=$(cat /etc/pn-swappiness 2>/dev/null) || {
    echo '{"result": "failed", "message": "there is no /etc/pn-swappiness"}'
    exit 0
}
case $question in
*'"op":"watch"'*)
    while sleep 2; do
        now=$(cat $setting)
        [ "$now" = "${before-$now}" ] || echo "it is $now"
        before=$now
    done
    ;;
*'"op":"check"'*)
    if [ "$(cat $setting)" = "$wanted" ]; then
        echo '{"result": "same", "message": "swappiness is as wanted"}'
    else
        echo '{"result": "diff", "message": "swappiness differs"}'
    fi
    ;;
*)
    echo "$wanted" >$setting || exit 1
    echo '{"result": "ok", "message": "swappiness is set"}'
    ;;
esac
