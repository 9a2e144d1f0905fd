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
case $HERE in /*) ;; *) HERE=./$HERE ;; esac
. "$HERE/reading.sh"
. "$HERE/elsewhere.sh"

usage() {
    cat <<'END'
usage: audit.sh --store FOLDER --keys FILE --model NAME
                [--night DATE [--number N] [--row KEY]] [--sequence N]
                [--raw FOLDER] [--checkpoints FILE] [--witnesses FILE]
                [--second FOLDER [--roots FILE]]
END
    exit 2
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
HOME=$T # jq reads a file .jq there
export HOME
[ "$(ask -rn 'include "audit"; "ab" | hex(2)')" = true ] || failed 'audit.jq is not beside audit.sh, or this jq is too old'

# ---- 1. the keys, the ledger of keys, the ledger

RETIRED=' ' BARRED=' ' KNOWN=' ' KEYS_HEADS=' ' KEYS_SIZE=0 ERASED=' '
keys "$KEYS" key
[ "$COUNT" -gt 0 ] || failed 'the list of keys names none'
ok "$COUNT trusted key(s) are listed under their own names"
if [ -d "$STORE/ledger/_keys" ]; then
    chain _keys
    KEYS_HEADS=$HEADS KEYS_SIZE=$SIZE
    BARRED=" $(told --arg model "$MODEL" '[.[].body | select(.ledgers[$model] == null) | .retired[]] | join(" ")') "
    KNOWN=" $(told --arg model "$MODEL" 'include "audit"; [.[].body.ledgers[$model] | objects
        | select((.sequence | whole) and (.sha256 | hex(64))) | "\(.sequence)=\(.sha256)"] | join(" ")') "
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

printf '{}' > "$T/names"
[ -z "$WITNESSES" ] || witnesses "$WITNESSES"
[ -z "$NOTED" ] || lines "$NOTED"
[ -z "$SECOND" ] || second "$SECOND"
[ -n "$NOTED$SECOND" ] ||
    note 'no checkpoint was handed over: a chain that was cut off, or written anew with the key itself, looks whole'

# ---- 3. from the row to the entry that made its model champion

if [ -n "$NIGHT" ]; then
    told --arg night "$NIGHT" --arg number "$NUMBER" 'include "audit"; served($night; $number)' > "$T/lines"
    if [ ! -s "$T/lines" ]; then
        # From before nights were signed: a named person put what lay there under one.
        told --arg prefix "predictions/$MODEL/$NIGHT/" --arg number "$NUMBER" 'include "audit"; adopted($prefix; $number)' > "$T/adopted"
        { IFS= read -r by && IFS= read -r view && IFS= read -r sha && IFS= read -r person; } < "$T/adopted" ||
            failed "no entry of the ledger says that predictions of $NIGHT were served"
        named "$view" "$sha" "what $person adopted in entry $by"
        ask --argjson by "$by" 'include "audit"; partition($by)' -r < "$T/named" > "$T/lines"
    fi
    { IFS= read -r by && IFS= read -r number && IFS= read -r at && IFS= read -r stage && IFS= read -r sha &&
        IFS= read -r made && IFS= read -r list && IFS= read -r versions && IFS= read -r data; } < "$T/lines" ||
        failed "the entry about $NIGHT names no predictions"
    ok "entry $by: partition $number of $NIGHT, by version(s) $versions, is the result $sha"
    slot "$at" "$sha" "$stage"
    [ -z "$list" ] || [ "$list" = "$DATA" ] || failed "the predictions of $NIGHT are another list of files than entry $by names"
    files "$stage" data "the predictions of $NIGHT"
    [ "$(ask -r '.inputs.redaction // ""' < "$T/slot.$stage")" = "$data" ] || [ -z "$data" ] ||
        failed "the predictions of $NIGHT were not made from the data that entry $by names"
    told --argjson n "$by" --arg data "$data" 'include "audit"; behind($n; $data)' > "$T/behind"
    exec 5< "$T/behind"
    while IFS= read -r step <&5 && IFS= read -r at <&5 && IFS= read -r sha <&5; do
        slot "$at" "$sha" "$step"
        files "$step" data "what $step left of $NIGHT"
    done
    exec 5<&-
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

told --argjson n "$SEQUENCE" 'include "audit"; made($n)' > "$T/lines"
{ IFS= read -r kind && IFS= read -r when && IFS= read -r version && IFS= read -r bundle && IFS= read -r training &&
    IFS= read -r training_sha && IFS= read -r validation_sha && IFS= read -r decided &&
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

told --argjson n "$decided" --argjson before "$SEQUENCE" 'include "audit"; decision($n; $before)' > "$T/lines"
{ IFS= read -r outcome && IFS= read -r judged && IFS= read -r judged_version && IFS= read -r claim &&
    IFS= read -r policy && IFS= read -r called && IFS= read -r asks && IFS= read -r people &&
    IFS= read -r circle && IFS= read -r why; } < "$T/lines" || failed "entry $decided is no decision before entry $SEQUENCE"
[ "$judged $judged_version" = "$bundle $version" ] || failed "entry $decided decided about another model"
if [ -n "$glass" ]; then
    note "BREAK-GLASS: $person went past the decision of entry $decided ($outcome): $why"
elif [ "$outcome" != passed ]; then
    failed "entry $decided did not let version $version pass: $outcome"
fi
ok "entry $decided: policy $called said $outcome of this bundle"
named "decisions/$claim.json" "$claim" "the text of the decision"
ask -e --arg bundle "$bundle" --arg model "$MODEL" --argjson version "$version" --arg policy "$policy" --arg outcome "$outcome" \
    '[.model, .version, .bundle, .evidence.policy, .outcome, .sequence] == [$model, $version, $bundle, $policy, $outcome, 0]' \
    < "$T/named" > /dev/null || failed 'the text of the decision says something else than its entry'
starter=$(ask -r 'include "audit"; .triggered_by // "" | clean' < "$T/named")
named "policies/$policy.json" "$policy" "the text of policy $called"

# The page of the decision: its record without the number of the entry is what the entry holds.
told --argjson n "$decided" 'include "audit";
    .[$n:][] | select(.kind == "recorded" and .body.stage == "gate")
    | select((.body.address | address) and (.body.sha256 | hex(64))) | .sequence, .body.address, .body.sha256' > "$T/pages"
page=''
exec 5< "$T/pages"
while IFS= read -r by <&5 && IFS= read -r at <&5 && IFS= read -r sha <&5; do
    copied "$STORE/$at" "$T/page" 'the page of a decision'
    [ "$(ask -r '.record.sequence' < "$T/page")" = "$decided" ] || continue
    slot "$at" "$sha" gate
    ask -j 'include "audit"; claim_text' -R -s < "$T/slot.gate" > "$T/claim" || failed 'the decision cannot be read'
    sum "$T/claim"
    [ "$SUM" = "$claim" ] || failed "the page of entry $by shows another decision than entry $decided"
    page=$CONTENT
    ok "entry $by: the page of the decision, result $sha, content $page"
    files gate report 'the page of the decision, with the model card'
done
exec 5<&-
[ -n "$page" ] || note "no entry names the page of the decision: it is from before Airlock signed such pages"

# ---- 6. what was judged: data, training, evaluation

told --argjson n "$decided" 'include "audit"; run($n)' > "$T/run"
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

told --argjson n "$decided" --argjson before "$SEQUENCE" --arg bundle "$bundle" --arg page "$page" --arg starter "$starter" \
    'include "audit"; people($n; $before; $bundle; $page; $starter)' > "$T/people"
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
