# Parts of audit.sh: what it says, and how it reads and verifies. docs/audit.md specifies the formats.
# shellcheck shell=sh

# ---- what it says: everything that was read passed `clean` before it comes here

ok() { printf 'OK      %s\n' "$1"; }
note() { printf 'NOTE    %s\n' "$1"; }
failed() {
    printf 'FAILED  %s\n' "$1"
    exit 1
}

# ---- reading

ask() { # OPTIONS... FILTER: jq with audit.jq, quietly
    jq -L "$HERE" "$@" 2> /dev/null
}

shown() { ask -rn --arg text "$1" 'include "audit"; $text | clean'; }

copied() { # FILE TO WHAT: whatever is verified is this copy, and the copy is what is read later
    [ -f "$1" ] && [ ! -L "$1" ] || failed "$3 is missing"
    cat < "$1" > "$2" || failed "$3 cannot be read"
}

sum() { # FILE: sets SUM
    SUM=$(sha256sum < "$1") || failed 'sha256sum does not work'
    SUM=${SUM%% *}
}

signed() { # LIST KEY_ID SIGNATURE: whether that key of a list signed the bytes in $T/message
    [ -f "$T/$1.$2" ] || return 1
    printf %s "$3" | base64 -d > "$T/signature" 2> /dev/null || return 1
    openssl pkeyutl -verify -pubin -inkey "$T/$1.$2" -rawin -in "$T/message" \
        -sigfile "$T/signature" > /dev/null 2>&1
}

keys() { # FILE LIST: one PEM, $T/LIST.ID, for each key that is listed; sets COUNT
    copied "$1" "$T/listed" "the list of keys $(shown "$1")"
    ask -r 'include "audit"; to_entries[] | select((.key | hex(16)) and (.value | base64(44; 1)))
        | .key, .value' < "$T/listed" > "$T/lines" || failed 'the list of keys is not JSON'
    COUNT=0
    while IFS= read -r id && IFS= read -r key; do
        printf %s "$key" | base64 -d > "$T/raw" 2> /dev/null
        sum "$T/raw"
        case $SUM in "$id"*) ;; *) failed "key $id is listed under a name that is not its own" ;; esac
        [ "$(wc -c < "$T/raw")" -eq 32 ] || failed "key $id is not 32 bytes"
        # The 12 bytes of DER before an Ed25519 key are exactly 16 characters of base64.
        printf -- '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA%s\n-----END PUBLIC KEY-----\n' "$key" > "$T/$2.$id"
        COUNT=$((COUNT + 1))
    done < "$T/lines"
}

# ---- the chain of entries

chain() { # MODEL: verifies all of it into $T/entries; sets SIZE, HEAD, RETIRED
    SIZE=0 HEAD=0000000000000000000000000000000000000000000000000000000000000000 RETIRED=' '
    HEADS=' '
    : > "$T/entries"
    last=''
    for file in "$STORE/ledger/$1"/[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9].json; do last=${file##*/}; done
    case $last in '['*) return ;; esac
    name=''
    while [ "$name" != "$last" ]; do
        n=$((SIZE + 1))
        name=$(printf %08d.json "$n")
        entry "$1" "$n" "$STORE/ledger/$1/$name"
    done
}

entry() { # MODEL SEQUENCE FILE
    about="entry $2 of the ledger of $1"
    copied "$3" "$T/entry" "$about"
    ask -Rrs --arg model "$1" --argjson n "$2" 'include "audit"; entry($model; $n)' \
        < "$T/entry" > "$T/said" || printf 'no JSON\n' > "$T/said"
    { IFS= read -r what && IFS= read -r kind && IFS= read -r key && IFS= read -r previous &&
        IFS= read -r signature && IFS= read -r retires; } < "$T/said"
    [ "$what" = ok ] || failed "$about is $what"
    [ "$previous" = "$HEAD" ] || failed "$about does not follow the entry before it"
    case $RETIRED in *" $key "*) failed "$about is signed by $key, which was retired before it" ;; esac
    # The claim: the stored bytes without `,"signature":"…"}`, which are the last 104, and with `}`.
    size=$(wc -c < "$T/entry")
    [ "$(tail -c 104 "$T/entry")" = ",\"signature\":\"$signature\"}" ] || failed "$about is not written as entries are"
    { head -c $((size - 104)) "$T/entry" && printf '}'; } > "$T/message"
    signed key "$key" "$signature" || failed "$about is not signed by a trusted key ($key)"
    if [ "$kind" = key ]; then
        case " $retires " in *" $key "*) failed "$about retires the key that signed it" ;; esac
        RETIRED="$RETIRED$retires "
    fi
    sum "$T/entry"
    rotated "$1" "$2" "$key" "$SUM" "$about"
    { cat "$T/entry" && printf '\n'; } >> "$T/entries"
    HEAD=$SUM SIZE=$2 HEADS="$HEADS$2=$SUM "
}

rotated() { # MODEL SEQUENCE KEY SHA256 ABOUT: what the ledger of keys says of this entry
    [ "$1" != _keys ] || return 0
    case $BARRED in *" $3 "*) failed "$5 is signed by $3, which the ledger of keys retired" ;; esac
    case $KNOWN in
        *" $2=$4 "*) ;;
        *" $2="*) failed "$5 is not the one that the ledger of keys knows: it was rewritten" ;;
    esac
}

# ---- results of stages, and their files

slot() { # ADDRESS SHA256 STAGE: verifies a result into $T/slot.STAGE; sets CONTENT, DATA
    copied "$STORE/$1" "$T/slot.$3" "the result of $3"
    sum "$T/slot.$3"
    [ "$SUM" = "$2" ] || failed "the result of $3 is not the one that the ledger names (SHA-256 $SUM)"
    ask -Rrs 'include "audit"; result' < "$T/slot.$3" > "$T/said" || printf 'no JSON\n' > "$T/said"
    { IFS= read -r what && IFS= read -r its_stage && IFS= read -r its_version; } < "$T/said"
    [ "$what" = ok ] || failed "the result of $3 is $what"
    [ "$its_stage" = "$3" ] || failed "the result of $3 is one of $its_stage"
    ask -cj 'include "audit"; .data | pairs' < "$T/slot.$3" > "$T/pairs"
    sum "$T/pairs"
    DATA=$SUM
    ask -Rrsj 'include "audit"; record_text' < "$T/slot.$3" > "$T/record" || failed "the record of $3 cannot be read"
    {
        printf '["%s",%s,' "$its_stage" "$its_version"
        cat "$T/record"
        printf ',"%s"]' "$DATA"
    } > "$T/content"
    sum "$T/content"
    CONTENT=$SUM
}

files() { # STAGE PART WHAT: every file that the verified result lists, and no other beside them
    ask -r --arg part "$2" '.[$part] | .zone, .prefix, (.files[] | .sha256, .bytes, .path)' \
        < "$T/slot.$1" > "$T/list"
    exec 3< "$T/list"
    IFS= read -r zone <&3
    IFS= read -r prefix <&3
    place=$STORE
    if [ "$zone" = raw ]; then
        place=$RAW
        if [ -z "$RAW" ]; then
            note "$3 lies in the place for raw rows, which was not handed over"
            return 0
        fi
    fi
    if [ ! -d "$place/$prefix" ]; then
        if [ "$zone" = raw ]; then
            note "$3 is gone: raw rows are kept for a time only (--raw names the place where they lie)"
            return 0
        fi
        case $ERASED in *" $prefix "*)
            note "$3 is gone: an entry of the ledger says that it was erased"
            return 0
            ;;
        esac
    fi
    COUNT=0 BYTES=0
    while IFS= read -r expected <&3 && IFS= read -r bytes <&3 && IFS= read -r path <&3; do
        file=$place/$prefix/$path
        [ -f "$file" ] && [ ! -L "$file" ] || failed "$3: the file $(shown "$path") is missing"
        sum "$file"
        [ "$SUM" = "$expected" ] || failed "$3: the file $(shown "$path") was altered (SHA-256 $SUM)"
        COUNT=$((COUNT + 1)) BYTES=$((BYTES + bytes))
    done
    exec 3<&-
    listed=$COUNT
    [ "$listed" -gt 0 ] || return 0
    COUNT=0
    count "$place/$prefix" "$3"
    [ "$COUNT" -eq "$listed" ] || failed "$3: $((COUNT - listed)) file(s) lie there that nobody published"
    ask -cj --arg part "$2" 'include "audit"; .[$part] | pairs' < "$T/slot.$1" > "$T/pairs"
    sum "$T/pairs"
    ok "$3: $listed file(s), $BYTES bytes, each with its SHA-256; their list is $SUM"
}

count() { # FOLDER WHAT: adds every file below to COUNT
    for one in "$1"/* "$1"/.[!.]* "$1"/..?*; do
        if [ -L "$one" ]; then failed "$2: $(shown "${one##*/}") is a link"; fi
        if [ -d "$one" ]; then count "$one" "$2"; elif [ -e "$one" ]; then COUNT=$((COUNT + 1)); fi
    done
}

named() { # ADDRESS SHA256 WHAT: a stored object that is called by its own digest
    copied "$STORE/$1" "$T/named" "$3"
    sum "$T/named"
    [ "$SUM" = "$2" ] || failed "$3 is not the one that was signed (SHA-256 $SUM)"
    ok "$3 is the file with SHA-256 $2"
}

sealed() { # FILE TYPE LIST: whether a key of a list signed an envelope, SIGNER; $T/payload
    ask -Rrs --arg type "$2" 'include "audit"; envelope($type)' < "$1" > "$T/said" || return 1
    SIGNER=''
    exec 3< "$T/said"
    IFS= read -r what <&3 && [ "$what" = ok ] && IFS= read -r payload <&3 || return 1
    printf %s "$payload" | base64 -d > "$T/payload" 2> /dev/null || return 1
    { printf 'DSSEv1 %d %s %d ' "${#2}" "$2" "$(wc -c < "$T/payload")" && cat "$T/payload"; } > "$T/message"
    while IFS= read -r id <&3 && IFS= read -r signature <&3; do
        if [ "$3" = key ]; then case $RETIRED$BARRED in *" $id "*) continue ;; esac; fi
        if signed "$3" "$id" "$signature"; then SIGNER=$id; fi
    done
    exec 3<&-
    [ -n "$SIGNER" ]
}

told() { # OPTIONS... FILTER over all verified entries, as an array; one value a line, cleaned
    ask -rs "$@" < "$T/entries"
}


# ---- rows of predictions

rows() { # the rows of --row in the verified CSV files; sets FOUND and SEQUENCE
    FOUND=0
    ask -r '.data.prefix, (.data.files[].path | select(startswith("csv/") and endswith(".csv")))' \
        < "$T/slot.$1" > "$T/list"
    exec 3< "$T/list"
    IFS= read -r prefix <&3
    while IFS= read -r path <&3; do
        ask -Rrn --arg key "$ROW" 'include "audit"; ($key | split("\"") | join("\"\"")) as $quoted
            | (input | fields) as $names
            | inputs | select(startswith("\"\($quoted)\",") or startswith("\($key),") or startswith("\"\u0027\($quoted)\",")) | fields
            | [$names, .] | transpose | map({key: .[0], value: .[1]}) | from_entries
            | .model, .night, .sequence, "row \(.row | clean): prediction \(.prediction | clean), version \(.version | clean)"' \
            < "$STORE/$prefix/$path" > "$T/rows" || failed 'the CSV file cannot be read'
        while IFS= read -r model && IFS= read -r night && IFS= read -r sequence && IFS= read -r text; do
            [ "$model" = "$MODEL" ] && [ "$night" = "$NIGHT" ] || failed "the $text is stamped with another model or night"
            case $sequence in '' | *[!0-9]*) failed "the $text names no entry" ;; esac
            ok "the $text, by entry $sequence"
            FOUND=$((FOUND + 1)) SEQUENCE=$sequence
        done < "$T/rows"
    done
    exec 3<&-
}
