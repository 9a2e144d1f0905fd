#!/bin/sh
# Follow a prediction back to its model, its data, its policy, its evaluation and whoever approved
# it, without Airlock and without Python. docs/audit.md says what each line proves, and what none
# can. Needs: sh, jq 1.6 or later, openssl 3, and of coreutils base64, cat, head, mktemp, rm,
# sha256sum, tail, wc. It writes nothing but a folder of its own, which it deletes.
set -u
LC_ALL=C
export LC_ALL
unset CDPATH ENV
HERE=${0%/*}
[ "$HERE" != "$0" ] || HERE=.

usage() {
    cat <<'END'
usage: audit.sh --store FOLDER --keys FILE --model NAME
                [--night DATE [--number N] [--row KEY]] [--sequence N]
                [--raw FOLDER] [--checkpoints FILE] [--witnesses FILE]
                [--second FOLDER [--roots FILE]]
END
    exit 2
}

# ---- what it says: everything that was read passed `clean` before it comes here

ok() { printf 'OK      %s\n' "$1"; }
note() { printf 'NOTE    %s\n' "$1"; }
failed() {
    printf 'FAILED  %s\n' "$1"
    exit 1
}

STORE='' KEYS='' MODEL='' NIGHT='' NUMBER='' ROW='' SEQUENCE='' RAW='' NOTED='' WITNESSES=''
SECOND='' ROOTS=''
while [ $# -gt 0 ]; do
    [ $# -ge 2 ] || usage
    # A file whose name begins with a dash is a file, too.
    case $2 in /*) file=$2 ;; *) file=./$2 ;; esac
    case $1 in
        --store) STORE=$file ;;
        --keys) KEYS=$file ;;
        --raw) RAW=$file ;;
        --checkpoints) NOTED=$file ;;
        --witnesses) WITNESSES=$file ;;
        --second) SECOND=$file ;;
        --roots) ROOTS=$file ;;
        --model) MODEL=$2 ;;
        --night) NIGHT=$2 ;;
        --number) NUMBER=$2 ;;
        --row) ROW=$2 ;;
        --sequence) SEQUENCE=$2 ;;
        *) usage ;;
    esac
    shift 2
done
[ -n "$STORE" ] && [ -n "$KEYS" ] || usage
case $MODEL in '' | [!A-Za-z0-9_]* | *[!A-Za-z0-9_.-]*) usage ;; esac
case $NIGHT in *[!0-9A-Za-z:+.-]* | *..*) usage ;; esac
case $NUMBER$SEQUENCE in *[!0-9]* | 0*) usage ;; esac

for tool in jq openssl base64 cat head mktemp rm sha256sum tail wc; do
    command -v "$tool" > /dev/null || failed "$tool is not on this machine"
done
T=$(mktemp -d) || failed 'no folder of its own can be made'
trap 'rm -rf "$T"' EXIT
trap 'exit 130' HUP INT TERM

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
    ok "$3: $listed file(s), $BYTES bytes, each with its SHA-256; their list is $DATA"
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

# ---- 1. the keys, the ledger of keys, the ledger

RETIRED=' ' BARRED=' ' KNOWN=' ' KEYS_HEADS=' ' KEYS_SIZE=0 ERASED=' '
keys "$KEYS" key
[ "$COUNT" -gt 0 ] || failed 'the list of keys names none'
ok "$COUNT trusted key(s) are listed under their own names"
if [ -d "$STORE/ledger/_keys" ]; then
    chain _keys
    KEYS_HEADS=$HEADS KEYS_SIZE=$SIZE
    BARRED=" $(told --arg model "$MODEL" '[.[].body | select(.ledgers[$model] == null) | .retired[]] | join(" ")') "
    KNOWN=" $(told --arg model "$MODEL" '[.[].body.ledgers[$model] | objects | "\(.sequence)=\(.sha256)"] | join(" ")') "
    ok "the ledger of keys: $SIZE entries, each signed and naming the one before it; its end is $HEAD"
fi
chain "$MODEL"
[ "$SIZE" -gt 0 ] || failed "the ledger of $MODEL is missing"
for one in $KNOWN; do
    [ "${one%%=*}" -le "$SIZE" ] || failed "entry $((SIZE + 1)) of the ledger of $MODEL is missing: the ledger of keys knows it"
done
ok "the ledger of $MODEL: $SIZE entries, each signed and naming the one before it; its end is $HEAD"
ERASED=" $(told '[.[] | select(.kind == "tombstone") | .body.tables[]? | strings] | join(" ")') "

# ---- 2. what was noted elsewhere

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

printf '{}' > "$T/names"
if [ -n "$WITNESSES" ]; then
    copied "$WITNESSES" "$T/listed" 'the list of witnesses'
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
    keys "$T/witnesses.json" witness
    ask -c --slurpfile ids "$T/ids" 'with_entries(select(.value | type == "string")) | to_entries | map(.value as $key
        | {key: ($ids[] | select(.key == $key) | .id), value: .key}) | {names: from_entries}' \
        < "$T/listed" > "$T/names"
fi
if [ -n "$NOTED" ]; then
    copied "$NOTED" "$T/noted" 'the file of checkpoints'
    n=0
    exec 4< "$T/noted"
    while IFS= read -r line <&4; do
        n=$((n + 1))
        [ -n "$line" ] || continue
        printf %s "$line" > "$T/line"
        noted "$T/line" "checkpoint $n"
    done
    exec 4<&-
fi
if [ -n "$SECOND" ]; then
    n=0
    for file in "$SECOND/checkpoints/$MODEL"/*.json "$SECOND/checkpoints/_keys"/*.json; do
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
fi
[ -n "$NOTED$SECOND" ] || note 'no checkpoint was handed over: a chain that was cut off or written anew with the key itself looks whole'

# ---- 3. from the row to the entry that made its model champion

rows() { # the rows of --row in the verified CSV files; sets FOUND and SEQUENCE
    FOUND=0
    ask -r '.data.prefix, (.data.files[].path | select(startswith("csv/") and endswith(".csv")))' \
        < "$T/slot.$1" > "$T/list"
    exec 3< "$T/list"
    IFS= read -r prefix <&3
    while IFS= read -r path <&3; do
        ask -Rrn --arg key "$ROW" 'include "audit"; ($key | split("\"") | join("\"\"")) as $quoted
            | (input | fields) as $names
            | inputs | select(startswith("\"\($quoted)\",") or startswith("\($key),")) | fields
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

if [ -n "$NIGHT" ]; then
    told --arg night "$NIGHT" --arg number "$NUMBER" 'include "audit";
        [.[] | select((.kind == "scored" or .kind == "rescored") and .body.night == $night
                      and .body.role == "served" and ($number == "" or (.body.number | tostring) == $number))]
        | max_by(.body.number) | select((.body.scoring | address) and (.body.sha256 | hex(64)) and (.body.sequence | whole)
                                        and (.body.number | whole) and (.body.scoring | split("/")[1] | word))
        | .sequence, .body.number, .body.scoring, (.body.scoring | split("/")[1]), .body.sha256, .body.sequence,
          (.body.files | if hex(64) then . else "" end), ([.body.versions[] | tostring] | join(", ") | clean)' > "$T/lines"
    { IFS= read -r by && IFS= read -r number && IFS= read -r at && IFS= read -r stage && IFS= read -r sha &&
        IFS= read -r made && IFS= read -r list && IFS= read -r versions; } < "$T/lines" ||
        failed "no entry of the ledger says that predictions of $NIGHT were served"
    ok "entry $by: partition $number of $NIGHT, by version(s) $versions, is the result $sha"
    slot "$at" "$sha" "$stage"
    [ -z "$list" ] || [ "$list" = "$DATA" ] || failed "the predictions of $NIGHT are another list of files than entry $by names"
    files "$stage" data "the predictions of $NIGHT"
    [ -n "$SEQUENCE" ] || SEQUENCE=$made
    if [ -n "$ROW" ]; then
        rows "$stage"
        if [ "$(ask 'any(.data.files[].path; startswith("csv/"))' < "$T/slot.$stage")" = true ]; then
            [ "$FOUND" -gt 0 ] || failed 'the predictions have no row of that key'
        else
            note 'the rows are Parquet, which these tools cannot read: look the row up with any reader in the files above, and give its column sequence as --sequence'
        fi
    fi
fi
[ -n "$SEQUENCE" ] || SEQUENCE=$(told 'map(select(.kind == "promoted" or .kind == "rolled_back")) | last | .sequence // 0')
[ "$SEQUENCE" -gt 0 ] 2> /dev/null && [ "$SEQUENCE" -le "$SIZE" ] || failed 'nobody was ever made champion by such an entry'

# ---- 4. who was made champion, and the bytes of its model

told --argjson n "$SEQUENCE" 'include "audit";
    def promotion: if .kind == "canary" then .body.promotion else .body end;
    .[$n - 1] as $made | ($made | promotion) as $said | $said.champion as $who
    | select($made.kind == "promoted" or $made.kind == "rolled_back" or $made.kind == "canary")
    | (if $made.kind != "rolled_back" then $made else
         [.[:$n - 1][] | select((.kind == "promoted" or .kind == "canary") and promotion.champion.bundle == $who.bundle)][0]
       end) as $first
    | select(([$who.bundle, $who.training_sha256, $who.validation_sha256 | hex(64)]
              + [$who.training | address] + [$who.version, ($first | promotion).decided | whole]) | all)
    | $made.kind, ($made.at | clean), $who.version, $who.bundle, $who.training, $who.training_sha256, $who.validation_sha256,
      ($first | promotion).decided, ([($first | promotion).approvals[]? | select(whole)] | join(" ")),
      ($said.by // ($said.break_glass.by // "") | clean), ($said.reason // ($said.break_glass.reason // "") | clean),
      (if ($first | promotion).break_glass then "broken" else "" end)' > "$T/lines"
{ IFS= read -r kind && IFS= read -r when && IFS= read -r version && IFS= read -r bundle && IFS= read -r training &&
    IFS= read -r training_sha && IFS= read -r validation_sha && IFS= read -r decided && IFS= read -r approvals &&
    IFS= read -r person && IFS= read -r reason && IFS= read -r glass; } < "$T/lines" ||
    failed "entry $SEQUENCE made nobody champion, or names no decision"
ok "entry $SEQUENCE ($kind, $when): version $version, bundle $bundle"
[ -z "$person" ] || ok "entry $SEQUENCE: $person said why: $reason"
slot "$training" "$training_sha" train
[ "$DATA" = "$bundle" ] || failed "the bundle of version $version is another list of files than entry $SEQUENCE names"
files train data "the model of version $version"

vouched=''
for file in "$STORE/signatures/$MODEL/$bundle"/*.json; do
    [ -f "$file" ] && [ ! -L "$file" ] || continue
    sealed "$file" application/vnd.in-toto+json key || continue
    ask -e --arg model "$MODEL" --arg bundle "$bundle" --slurpfile made "$T/slot.train" 'include "audit";
        ._type == "https://in-toto.io/Statement/v1" and .predicateType == "urn:airlock:bundle:v1"
        and .predicate == {model: $model, bundle: $bundle}
        and ([.subject[] | [.name, .digest.sha256]] | sort) == ($made[0].data | pairs | sort)' \
        < "$T/payload" > /dev/null || failed "the envelope of version $version speaks of something else"
    vouched=$SIGNER
done
[ -n "$vouched" ] || failed "the model of version $version has no signature of a key that counts"
ok "the model of version $version: key $vouched vouches for every file of it"

# ---- 5. the decision, and the policy that it was made by

told --argjson n "$decided" --argjson before "$SEQUENCE" 'include "audit";
    .[$n - 1] | select($n > 0 and $n < $before and .kind == "decided")
    | .body as $d | select(([$d.decision, $d.bundle, $d.evidence[] | hex(64)] + [$d.version | whole]) | all)
    | ($d.outcome | clean), $d.bundle, $d.version, $d.decision, $d.evidence.policy, ($d.policy | clean),
      (if $d.approval_required then "asks" else "" end), ($d.approval.count // 1 | if whole then . else 0 end),
      ($d.approval.approvers // [] | join(", ") | clean), ($d.reasons | join(" ") | clean)' > "$T/lines"
{ IFS= read -r outcome && IFS= read -r judged && IFS= read -r judged_version && IFS= read -r claim &&
    IFS= read -r policy && IFS= read -r called && IFS= read -r asks && IFS= read -r people &&
    IFS= read -r circle && IFS= read -r why; } < "$T/lines" || failed "entry $decided is no decision before entry $SEQUENCE"
[ "$judged $judged_version" = "$bundle $version" ] || failed "entry $decided decided about another model"
if [ -n "$glass" ]; then
    note "BREAK-GLASS: $person went past the decision of entry $decided ($outcome): $why"
elif [ "$outcome" != passed ]; then
    failed "entry $decided did not let version $version pass: $outcome"
fi
ok "entry $decided: policy $called said $outcome of this bundle; the decision is $claim"
named "policies/$policy.json" "$policy" "the text of policy $called"

# The page of the decision: its record without the number of the entry is what the entry holds.
told --argjson n "$decided" 'include "audit";
    .[$n:][] | select(.kind == "recorded" and .body.stage == "gate")
    | select((.body.address | address) and (.body.sha256 | hex(64))) | .sequence, .body.address, .body.sha256' > "$T/pages"
page='' starter=''
exec 5< "$T/pages"
while IFS= read -r by <&5 && IFS= read -r at <&5 && IFS= read -r sha <&5; do
    copied "$STORE/$at" "$T/page" 'the page of a decision'
    [ "$(ask -r '.record.sequence' < "$T/page")" = "$decided" ] || continue
    slot "$at" "$sha" gate
    ask -j 'include "audit"; claim_text' -R -s < "$T/slot.gate" > "$T/claim" || failed 'the decision cannot be read'
    sum "$T/claim"
    [ "$SUM" = "$claim" ] || failed "the page of entry $by shows another decision than entry $decided"
    page=$CONTENT starter=$(ask -r 'include "audit"; .record.triggered_by // "" | clean' < "$T/slot.gate")
    ok "entry $by: the page of the decision, result $sha, content $page${starter:+; $starter triggered the run}"
    files gate report 'the page of the decision, with the model card'
done
exec 5<&-
[ -n "$page" ] || note "no entry names the page of the decision: it is from before Airlock signed such pages"

# ---- 6. what was judged: data, training, evaluation

told --argjson n "$decided" 'include "audit";
    {snapshot: "snapshot", validate: "validation", redact: "redaction", train: "training", evaluate: "evaluation",
     register: "registration"} as $names
    | .[$n - 1] as $d | ($d.id | ltrimstr("decided/") | split("/")[:-1] | join("/")) as $run
    | [.[:$n - 1][] | select(.kind == "run" and (.id | startswith("run/\($run)/")))
       | select([.body.results as $r | $names | to_entries[] | $r[.key].content == $d.body.evidence[.value]] | all)] | last
    | .sequence, (.body.night // "-" | clean), (.body.run.dag_id | clean), (.body.run.run_id | clean),
      (.body.results as $r | $names | keys_unsorted[] | $r[.]
       | select((.address | address) and (.sha256 | hex(64)) and (.content | hex(64))) | .address, .sha256, .content)' > "$T/run"
exec 5< "$T/run"
IFS= read -r seen <&5 && IFS= read -r night <&5 && IFS= read -r dag <&5 && IFS= read -r run <&5 ||
    failed "no entry names what entry $decided was decided on"
ok "entry $seen: $dag, run $run, night $night"
for stage in snapshot validate redact train evaluate register; do
    IFS= read -r at <&5 && IFS= read -r sha <&5 && IFS= read -r content <&5 || failed "entry $seen does not name the result of $stage"
    slot "$at" "$sha" "$stage"
    [ "$CONTENT" = "$content" ] || failed "the result of $stage has another content than entry $decided names"
    printf '%s\n' "$content" > "$T/content.$stage"
    ok "$stage: result $sha, content $content"
    case $stage in
        snapshot) files snapshot data 'the raw rows' ;;
        validate) files validate data 'the rows that passed validation' ;;
        redact) files redact data 'the training data, without direct identifiers' ;;
        train) [ "$at $sha" = "$training $training_sha" ] || failed 'the training that was judged is not the one that was promoted' ;;
    esac
    case $stage in validate) [ "$sha" = "$validation_sha" ] || failed 'the validation that was judged is not the one that was promoted' ;; esac
    files "$stage" report "the report of $stage"
done
exec 5<&-
for link in 'validate snapshot snapshot' 'redact validate validation' 'train redact redaction' \
    'evaluate redact redaction' 'evaluate train training' 'register train training'; do
    IFS=' ' read -r made source name <<END
$link
END
    IFS= read -r content < "$T/content.$source"
    [ "$(ask -r --arg name "$name" '.inputs[$name]' < "$T/slot.$made")" = "$content" ] ||
        failed "the $made was not made from this $source"
done
ok 'each result names the one that it was made from'
ask -e --arg bundle "$bundle" '.record.candidate_bundle == $bundle' < "$T/slot.evaluate" > /dev/null ||
    failed 'the evaluation measured another model'
ask -e --arg bundle "$bundle" --arg model "$MODEL" --argjson version "$version" \
    '.record | [.bundle, .model, .version] == [$bundle, $model, $version]' < "$T/slot.register" > /dev/null ||
    failed 'another model was registered'
ok "the evaluation, on $(ask -r 'include "audit"; "\(.record.rows | clean) rows that no training saw: \([.record.candidate | to_entries[]
    | "\(.key) \(.value.value)"] | join(", "))" | clean' < "$T/slot.evaluate")"

# ---- 7. who said yes

told --argjson n "$decided" --argjson before "$SEQUENCE" --arg bundle "$bundle" --arg page "$page" --arg starter "$starter" '
    include "audit";
    [.[$n:$before][] | select(.kind == "approved" and .body.decided_sequence == $n)] as $said
    | (if all($said[]; .body.approved == true) then "yes" else "no" end),
      (if all($said[]; .body.bundle == $bundle and ($page == "" or .body.decision == $page)) then "same" else "other" end),
      (if any($said[]; $starter != "" and ([.body.by, .body.by_id] | index($starter))) then "own" else "" end),
      ([$said[].body.by | strings] | unique | length),
      ([$said[].body.by_id | values] | unique | length),
      ($said[] | "entry \(.sequence): \(.body.by | clean) (account \(.body.by_id | clean)) said yes to decision \(.body.decision | clean): \(.body.reason | clean)")' > "$T/people"
exec 5< "$T/people"
IFS= read -r all <&5 && IFS= read -r same <&5 && IFS= read -r own <&5 && IFS= read -r names <&5 && IFS= read -r ids <&5 ||
    failed 'the approvals cannot be read'
if [ -n "$glass" ]; then
    note 'break-glass: nobody was waited for'
else
    [ "$all" = yes ] || failed "somebody said no to the decision of entry $decided"
    [ "$same" = same ] || failed "an approval of entry $decided is of another decision or another model"
    [ -z "$own" ] || failed "whoever triggered the run said yes to the decision of entry $decided"
    while IFS= read -r line <&5; do ok "$line"; done
    if [ -n "$asks" ]; then
        [ "$names" -ge "$people" ] && [ "$ids" -ge "$people" ] ||
            failed "the policy asks for the yes of $people people, and entry $SEQUENCE stands on $names"
        note "the policy names as approvers: ${circle:-everybody with the right to}; who has which account and role, only that installation knows"
    else
        note 'the policy asked nobody about this candidate'
    fi
fi
exec 5<&-
ok "all that was looked at holds for version $version of $MODEL"
