# Parts of audit.sh: checkpoints, witnesses and time stamps from outside of the store.
# shellcheck shell=sh

SEEN=' '
compared() { # FILE WHO: a checkpoint against the chain
    ask -r 'include "audit"; select((.model | type == "string") and (.size | whole) and (.head | hex(64)))
        | (if .model == $model then "this" elif .model == "_keys" then "keys" else "other" end), .size, .head' \
        --arg model "$MODEL" < "$1" > "$T/lines"
    { IFS= read -r which && IFS= read -r size && IFS= read -r head; } < "$T/lines" || failed "$2: this is no checkpoint"
    case $which in
        other) return 0 ;;
        keys) heads=$KEYS_HEADS whose='keys' length=$KEYS_SIZE ;;
        *) heads=$HEADS whose=$MODEL length=$SIZE ;;
    esac
    case $SEEN in
        *" $whose/$size=$head "*) ;;
        *" $whose/$size="*) failed "$2: a fork: two checkpoints of $size entries of $whose name different ends" ;;
    esac
    SEEN="$SEEN$whose/$size=$head "
    [ "$size" -le "$length" ] || failed "$2: the ledger of $whose once had $size entries, and now has $length"
    case $heads in
        *" $size=$head "*) ok "$2: the ledger of $whose had $size entries and ended with $head" ;;
        *) failed "$2: entry $size of the ledger of $whose was another one: it was rewritten" ;;
    esac
}

noted() { # FILE WHAT: a checkpoint as it was printed, or in an envelope that a witness signed
    if [ "$(ask -r 'type == "object" and has("payload")' < "$1")" != true ]; then
        compared "$1" "$2"
        return 0
    fi
    sealed "$1" application/vnd.airlock.checkpoint+json witness ||
        failed "$2 is signed by no witness whose key was handed over"
    cat < "$T/payload" > "$T/checkpoint"
    compared "$T/checkpoint" "$2, seen by $(ask -r --arg id "$SIGNER" \
        'include "audit"; (.names[$id] // $id) | clean' < "$T/names")"
}

witnesses() { # FILE: the keys of those whose envelopes count, and their names
    copied "$1" "$T/listed" 'the list of witnesses'
    # {"name": "public key in base64"}: the id of a key is the start of its SHA-256.
    ask -r 'include "audit"; to_entries[] | select(.value | base64(44; 1)) | .value' < "$T/listed" > "$T/given" ||
        failed 'the list of witnesses is not JSON'
    : > "$T/ids"
    while IFS= read -r key; do
        printf %s "$key" | base64 -d > "$T/raw" 2> /dev/null
        sum "$T/raw"
        printf '{"key":"%s","id":"%s"}\n' "$key" "$(printf %.16s "$SUM")" >> "$T/ids"
    done < "$T/given"
    ask -cs '[.[] | {key: .id, value: .key}] | from_entries' < "$T/ids" > "$T/witnesses.json"
    ask -c --slurpfile ids "$T/ids" 'with_entries(select(.value | type == "string")) | to_entries | map(.value as $key
        | {key: ($ids[] | select(.key == $key) | .id), value: .key}) | {names: from_entries}' \
        < "$T/listed" > "$T/names"
    keys "$T/witnesses.json" witness
    [ "$COUNT" -gt 0 ] || failed 'the list of witnesses names none'
}

lines() { # FILE: of checkpoints
    copied "$1" "$T/noted" 'the file of checkpoints'
    n=0
    exec 4< "$T/noted"
    while IFS= read -r line <&4; do
        n=$((n + 1))
        [ -n "$line" ] || continue
        printf %s "$line" > "$T/line"
        noted "$T/line" "checkpoint $n"
    done
    exec 4<&-
}

second() { # FOLDER: a copy of the second place
    n=0
    for file in "$1/checkpoints/$MODEL"/*.json "$1/checkpoints/_keys"/*.json; do
        [ -e "$file" ] || continue
        copied "$file" "$T/line" 'a checkpoint in the second place'
        which=''
        noted "$T/line" "the second place"
        [ "$which" = this ] || [ "$which" = keys ] || failed 'a checkpoint in the second place speaks of another ledger'
        n=$((n + 1))
        [ -n "$ROOTS" ] && [ -f "${file%.json}.tsr" ] || continue
        copied "${file%.json}.tsr" "$T/stamp" 'a time stamp'
        openssl ts -verify -data "$T/line" -in "$T/stamp" -CAfile "$ROOTS" > /dev/null 2>&1 ||
            failed "the time stamp of $size entries of $whose is not one of the authorities in --roots"
        ok "the second place: $(openssl ts -reply -in "$T/stamp" -text 2> /dev/null |
            ask -Rrn 'include "audit"; [inputs | select(startswith("Time stamp: "))][0] | clean')"
    done
    [ "$n" -gt 0 ] || failed "the second place has no checkpoint of $MODEL"
}
