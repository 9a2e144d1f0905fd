#!/bin/sh
# Verifies this evidence pack without Airlock and without Python: every file against SHA256SUMS, that
# against its signature, every entry of the ledger against its signature and the entry before it, and
# every record against the entry that names it. Needs a shell, openssl 3 and sha256sum. Writes nothing.
#
#   sh verify.sh [KEY…]     KEY: the ids of the keys that you trust, from the people who answer for them
#
# Take this script from a place that the installation does not control, too: docs/evidence.md.
set -u
LC_ALL=C
export LC_ALL
unset CDPATH ENV
case $0 in */*) cd -- "${0%/*}" || exit 2 ;; esac
TRUSTED=" $* " BAD=0 ALL='' NEWLINE='
'

ok() { printf 'OK      %s\n' "$1"; }
failed() {
    case $1 in
        # A name that somebody added may steer a terminal.
        *[![:print:]]*) printf 'FAILED  a file whose name is not plain text: %s\n' "${1##*: }" ;;
        *) printf 'FAILED  %s\n' "$1" ;;
    esac
    BAD=1
}
for tool in openssl sha256sum; do
    command -v "$tool" > /dev/null || {
        printf 'FAILED  %s is not on this machine\n' "$tool"
        exit 2
    }
done

# The one line of a file, without its end, in TEXT.
one() {
    TEXT=''
    [ -f "$1" ] && [ ! -L "$1" ] || return 1
    IFS= read -r TEXT < "$1" || [ -n "$TEXT" ]
}
# The bytes of a text file.
show() {
    while IFS= read -r part; do printf '%s\n' "$part"; done < "$1"
    printf '%s' "$part"
}
# How many bytes these are.
size() {
    total=0
    while IFS= read -r part; do total=$((total + ${#part} + 1)); done < "$1"
    SIZE=$((total + ${#part}))
}
sum() {
    SUM=$(sha256sum < "$1") && SUM=${SUM%% *}
}
signed() { # MESSAGE SIGNATURE KEY
    openssl pkeyutl -verify -pubin -inkey "keys/$3.pem" -rawin -in "$1" -sigfile "$2" > /dev/null 2>&1
}

# ---- 1. the keys are listed under their own names

known=''
for file in keys/*.pem; do
    [ -f "$file" ] || continue
    name=${file#keys/} name=${name%.pem}
    case $name in *[!0-9a-f]*)
        failed "$file: is not the key of that name"
        continue
        ;;
    esac
    { IFS= read -r head && IFS= read -r body && IFS= read -r foot; } < "$file" || body=''
    raw=${body#MCowBQYDK2VwAyEA}
    id=$(printf '%s' "$raw" | openssl base64 -d -A 2> /dev/null | sha256sum)
    case $id in
        "$name"*) [ "$raw" != "$body" ] && [ ${#name} = 16 ] || failed "$file: is no key of that name" ;;
        *) failed "$file: is not the key of that name" ;;
    esac
    case $TRUSTED in
        *" $name "*) ;;
        '  ') ;;
        *) failed "$file: is not among the keys that you trust" ;;
    esac
    known="$known $name"
done
[ "$TRUSTED" != '  ' ] ||
    printf 'NOTE    no key was named: ask the people who answer for them whether these are theirs:%s\n' "$known"

# ---- 2. envelopes: the payload, what was signed, and the signature belong together

enveloped() { # PAYLOAD TYPE NAME
    if ! one "$3.dsse.json"; then
        failed "$3.dsse.json: is missing"
        return
    fi
    for file in "$1" "$3.pae" "$3.sig"; do
        [ -f "$file" ] && [ ! -L "$file" ] || {
            failed "$file: is missing"
            return
        }
    done
    by=${TEXT##*'"signatures":[{"keyid":"'} by=${by%%'"'*}
    case $by in '' | *[!0-9a-f]*) by=none ;; esac
    [ -f "keys/$by.pem" ] || failed "$3.dsse.json: names a key that is not in keys/"
    want="{\"payload\":\"$(openssl base64 -A -in "$1")\",\"payloadType\":\"$2\",\"signatures\":[{\"keyid\":\"$by\",\"sig\":\"$(openssl base64 -A -in "$3.sig")\"}]}"
    [ "$TEXT" = "$want" ] || failed "$3.dsse.json: is not the envelope of $1 with $3.sig"
    size "$1"
    of=$({
        printf 'DSSEv1 %s %s %s ' "${#2}" "$2" "$SIZE"
        show "$1"
    } | sha256sum)
    sum "$3.pae"
    [ "${of%% *}" = "$SUM" ] || failed "$3.pae: is not what is signed of $1"
    signed "$3.pae" "$3.sig" "$by" || failed "$3.sig: is no signature of key $by over $1"
}
enveloped SHA256SUMS text/vnd.airlock.sha256sums SHA256SUMS
# A list that nobody signed may name anything, such as a file that never ends.
[ $BAD = 0 ] || exit 1
ok 'SHA256SUMS is signed'

# ---- 3. every file is listed and as it was, and no other file is here

names=$NEWLINE
while IFS= read -r row; do
    file=${row#*  } names="$names${row#*  }$NEWLINE"
    [ -f "$file" ] && [ ! -L "$file" ] || failed "$file: is missing"
done < SHA256SUMS
altered=$(sha256sum -c --quiet --strict SHA256SUMS 2> /dev/null) || {
    BAD=1
    while IFS= read -r row; do
        case $row in
            *': FAILED') failed "${row%: FAILED}: is not the file that was signed" ;;
        esac
    done << END
$altered
END
}
walk() {
    for entry in "$1"/* "$1"/.[!.]* "$1"/..?*; do
        if [ -d "$entry" ] && [ ! -L "$entry" ]; then
            walk "$entry"
        elif [ -e "$entry" ] || [ -L "$entry" ]; then
            path=${entry#./}
            case $path in
                SHA256SUMS | SHA256SUMS.dsse.json | SHA256SUMS.pae | SHA256SUMS.sig) ;;
                *"$NEWLINE"*) failed 'a file with a line break in its name was added' ;;
                *)
                    case $names in
                        *"$NEWLINE$path$NEWLINE"*) ;;
                        *) failed "$path: was added" ;;
                    esac
                    ;;
            esac
        fi
    done
}
walk .
[ $BAD = 0 ] || exit 1
ok 'every file is as it was signed, and none was added'
enveloped provenance.json application/vnd.in-toto+json provenance
enveloped signatures/bundle.json application/vnd.in-toto+json signatures/bundle

# ---- 4. the ledger: each entry follows the one before it, and is signed

one pack.json || failed 'pack.json: is missing'
model=${TEXT#*'"model":"'} model=${model%%'"'*}
entries=${TEXT#*'"entries":'} entries=${entries%%[!0-9]*}
previous=0000000000000000000000000000000000000000000000000000000000000000
retired='' number=0
while [ "$number" -lt "$entries" ]; do
    number=$((number + 1))
    name=$(printf '%08d' "$number")
    file=ledger/$name.json
    if ! one "$file"; then
        failed "$file: is missing"
        break
    fi
    entry=$TEXT ALL="$ALL$TEXT$NEWLINE"
    given=${entry##*',"signature":"'} given=${given%'"}'}
    claim="${entry%',"signature":"'*}}"
    one "ledger/$name.claim" && [ "$claim" = "$TEXT" ] ||
        failed "ledger/$name.claim: is not what is signed of $file"
    [ -f "ledger/$name.sig" ] && [ "$given" = "$(openssl base64 -A -in "ledger/$name.sig")" ] ||
        failed "ledger/$name.sig: is not the signature of $file"
    rest=${claim##*',"key_id":"'} by=${rest%%'"'*}
    kind=${rest#*'","kind":"'} kind=${kind%%'"'*}
    want="$by\",\"kind\":\"$kind\",\"model\":\"$model\",\"previous\":\"$previous\",\"sequence\":$number}"
    [ "$rest" = "$want" ] || failed "$file: does not follow the entry before it"
    case $by in '' | *[!0-9a-f]*) by=none ;; esac
    case $retired in *"\"$by\""*) failed "$file: is signed by key $by, which an earlier entry retired" ;; esac
    signed "ledger/$name.claim" "ledger/$name.sig" "$by" || failed "$file: is not signed by key $by"
    if [ "$kind" = key ]; then
        gone=${entry#*'"retired":['} retired="$retired ${gone%%']'*}"
    fi
    sum "$file"
    previous=$SUM
done
name=$(printf '%08d' $((number + 1)))
[ ! -e "ledger/$name.json" ] || failed "ledger/$name.json: is behind the end that pack.json names"
[ $BAD = 0 ] && ok "the ledger of $model: $number entries, each signed and naming the one before it; its end is $previous"

# ---- 5. what the ledger names

for file in records/*.json policy/policy.json decision/decision.json; do
    [ -f "$file" ] || {
        failed "$file: is missing"
        continue
    }
    sum "$file"
    case $ALL in
        *"\"$SUM\""*) ;;
        *) failed "$file: no entry of the ledger names it" ;;
    esac
done
[ $BAD = 0 ] && ok 'every record, the policy and the decision are those that the ledger names'
[ $BAD = 0 ] && ok "all that was looked at holds for $model"
exit $BAD
