# What audit.sh asks of JSON. Nothing here prints text that was read without `clean`.

# A text as it may stand on a terminal, on one line: no control, no escape, no turned direction.
def clean:
  (if type == "string" then . else tojson end) | .[0:300] | explode
  | map(if . < 32 or (. >= 127 and . < 160) or . == 173 or . == 1564 or (. >= 8203 and . <= 8207)
        or (. >= 8232 and . <= 8238) or (. >= 8288 and . <= 8303) or . == 65279
        or (. >= 917504 and . <= 917631) then 63 else . end)
  | implode;

def hex($size):
  type == "string" and length == $size
  and (explode | all(.[]; (. >= 48 and . <= 57) or (. >= 97 and . <= 102)));

# base64 of a fixed number of bytes, as one text: letters, digits, + and /, with their padding.
def base64($size; $padding):
  type == "string" and length == $size and endswith("=" * $padding)
  and (rtrimstr("=" * $padding) | explode | all(.[]; (. >= 48 and . <= 57)
       or (. >= 65 and . <= 90) or (. >= 97 and . <= 122) or . == 43 or . == 47));

def word:
  type == "string" and length > 0 and length < 100
  and (explode | all(.[]; (. >= 97 and . <= 122) or (. >= 48 and . <= 57) or . == 95));

def whole: type == "number" and . == floor and . >= 0 and . < 9007199254740992;

# Where something lies in the store: a relative path that leads nowhere else.
def address:
  type == "string" and length > 0 and length < 2000
  and (explode | all(.[]; . >= 32 and . != 127))
  and (split("/") | all(.[]; . != "" and . != "." and . != ".."));

# What is left of a JSON text once its numbers are taken out: white space, other escapes, another
# order of keys and keys that stand there twice all remain to be seen.
def skeleton:
  split("\\\\") | join("\u0001") | split("\\\"") | join("\u0002") | split("\"") | to_entries
  | map(if .key % 2 == 1 then .value else
          .value | explode | map(select((. >= 48 and . <= 57 or . == 43 or . == 45 or . == 46
                                         or . == 101 or . == 69) | not)) | implode end);

# Whether a text is canonical JSON, but for how its numbers are written (docs/audit.md).
# Some jq escape U+007F and some do not; Airlock does not.
def canonical:
  (explode | all(.[]; . >= 32)) and (
    (explode | map(if . == 127 then 63743 else . end) | implode) as $raw
    | (try ($raw | [fromjson]) catch []) as $read
    | ($read | length) == 1
      and ($raw | skeleton) == ($read[0] | tojson | skeleton)
      and all($read[0] | .. | objects; keys_unsorted == keys));

def entry_keys:
  ["at", "body", "id", "key_id", "kind", "model", "previous", "sequence", "signature"];

# An entry of a chain: "ok" and what the shell needs, or why it is none.
def entry($model; $sequence):
  (try fromjson catch null) as $e
  | if canonical | not then "not canonical JSON"
    elif ($e | type) != "object" or ($e | keys) != entry_keys then "no entry"
    elif ([$e.kind | word] + [$e.key_id | hex(16)] + [$e.previous | hex(64)]
          + [$e.signature | base64(88; 2)] + [$e.body | type == "object"]
          + [$e.id, $e.at | type == "string"] | all) | not then "no entry"
    elif $e.model != $model or $e.sequence != $sequence then "written for another place"
    elif $e.kind == "key" and ([$e.body.retired[]? | hex(16)] | all | not) then "no entry"
    else "ok", $e.kind, $e.key_id, $e.previous, $e.signature,
         ([$e.body.retired[]?] | join(" ")) end;

# An envelope (DSSE): "ok", the payload in base64, then key id and signature, one after the other.
def envelope($payload_type):
  (try fromjson catch null) as $e
  | if canonical | not then "not canonical JSON"
    elif ($e | type) != "object" or $e.payloadType != $payload_type or ($e.payload | type) != "string"
         or ($e.signatures | type) != "array" then "no envelope"
    else "ok", $e.payload,
         ($e.signatures[] | objects | select((.keyid | hex(16)) and (.sig | base64(88; 2)))
          | .keyid, .sig) end;

def pairs: [.files[] | [.path, .sha256]];

def folder:
  type == "object" and keys == ["files", "prefix", "zone"] and (.zone == "store" or .zone == "raw")
  and (.prefix | address) and (.files | type == "array")
  and all(.files[]; type == "object" and keys == ["bytes", "path", "sha256"]
          and (.path | address) and (.sha256 | hex(64)) and (.bytes | whole))
  and ([.files[].path] | length == (unique | length));

# A result of a stage: "ok", stage, version; or why it is none.
def result:
  (try fromjson catch null) as $r
  | if canonical | not then "not canonical JSON"
    elif ($r | type) != "object" or ($r | keys) != ["data", "inputs", "made_by", "record", "report",
         "stage", "version"] then "no result"
    elif ([$r.data, $r.report | folder] + [$r.stage | word] + [$r.version | whole]
          + [$r.inputs, $r.record | type == "object"] + [$r.inputs[] | hex(64)] | all) | not
    then "no result"
    else "ok", $r.stage, $r.version end;

# The bytes of the record in a result, cut out of its text: jq would write its numbers otherwise.
def record_text:
  . as $raw | fromjson
  | "{\"data\":\(.data | tojson),\"inputs\":\(.inputs | tojson),\"made_by\":\(.made_by | tojson),\"record\":" as $head
  | ",\"report\":\(.report | tojson),\"stage\":\(.stage | tojson),\"version\":\(.version | tojson)}" as $tail
  | if ($raw | startswith($head) and endswith($tail)) then $raw | ltrimstr($head) | rtrimstr($tail)
    else error("the record cannot be cut out") end;

# The bytes of a decision's claim: its record, as if no entry had a number yet.
def claim_text:
  record_text | . as $raw | fromjson
  | ([to_entries[] | select(.key > "sequence") | ",\(.key | tojson):\(.value | tojson)"] | join("")) as $tail
  | ",\"sequence\":\(.sequence | tojson)\($tail)}" as $close
  | if ($raw | endswith($close)) then ($raw | rtrimstr($close)) + ",\"sequence\":0\($tail)}"
    else error("the decision cannot be read") end;

# A line of CSV as a list of texts.
def fields:
  reduce explode[] as $c ({cell: [], row: [], quoted: false};
    if $c == 34 and .last == 34 and (.quoted | not) then .cell += [34] | .quoted = true | .last = 0
    elif $c == 34 then .quoted |= not | .last = 34
    elif $c == 44 and (.quoted | not) then .row += [.cell | implode] | .cell = [] | .last = $c
    else .cell += [$c] | .last = $c end)
  | .row + [.cell | implode];

# ---- questions to all verified entries of a ledger, as an array; answers are lines for the shell

def partition($by):
  select((.scoring | address) and (.sha256 | hex(64)) and (.sequence | whole) and (.number | whole)
         and (.scoring | split("/")[1] | word) and .role == "served")
  | $by, .number, .scoring, (.scoring | split("/")[1]), .sha256, .sequence,
    (.files | if hex(64) then . else "" end), ([.versions[] | tostring] | join(", ") | clean),
    (.data | if hex(64) then . else "" end);

# Of several partitions of a night the highest number serves.
def served($night; $number):
  [.[] | select((.kind == "scored" or .kind == "rescored") and .body.night == $night
                and .body.role == "served" and ($number == "" or (.body.number | tostring) == $number))]
  | max_by(.body.number) | select(. != null) | .sequence as $by | .body | partition($by);

def adopted($prefix; $number):
  [.[] | select(.kind == "adopted") | .sequence as $by | (.body.by | clean) as $person | .body.views | to_entries[]
   | select((.key | address) and (.key | startswith($prefix)) and (.value | hex(64))
            and ($number == "" or (.key | ltrimstr($prefix) | rtrimstr(".json") | tonumber? | tostring) == $number))
   | [$by, .key, .value, $person]]
  | max_by(.[1]) | select(. != null) | .[];

# What the run of a night made before it scored, as far as its entry names it.
def behind($n; $data):
  .[$n - 1].body.results // {} | to_entries[] | (.key | split("@")[0]) as $stage
  | select($stage == "snapshot" or $stage == "validate" or ($stage == "redact" and .value.content == $data))
  | select((.value.address | address) and (.value.sha256 | hex(64))) | $stage, .value.address, .value.sha256;

def promotion: if .kind == "canary" then .body.promotion else .body end;

# Who was made champion by an entry; a rollback stands on the promotion that it goes back to.
def made($n):
  . as $all | .[$n - 1] as $made | select($made.kind == "promoted" or $made.kind == "rolled_back" or $made.kind == "canary")
  | ($made | promotion) as $said | $said.champion as $who
  | (if $made.kind != "rolled_back" then $made else
       [$all[:$n - 1][] | select((.kind == "promoted" or .kind == "canary") and promotion.champion.bundle == $who.bundle)][0]
     end | promotion) as $first
  | select(([$who.bundle, $who.training_sha256, $who.validation_sha256 | hex(64)] + [$who.training | address]
            + [$who.version, $first.decided | whole]) | all)
  | $made.kind, ($made.at | clean), $who.version, $who.bundle, $who.training, $who.training_sha256,
    $who.validation_sha256, $first.decided, ($said.by // $said.break_glass.by // "" | clean),
    ($said.reason // $said.break_glass.reason // "" | clean), (if $first.break_glass then "broken" else "" end);

def decision($n; $before):
  select($n > 0 and $n < $before) | .[$n - 1] | select(.kind == "decided") | .body
  | select(([.decision, .bundle, .evidence[] | hex(64)] + [.version | whole]) | all)
  | (.outcome | clean), .bundle, .version, .decision, .evidence.policy, (.policy | clean),
    (if .approval_required then "asks" else "" end), (.approval.count // 1 | if whole then . else 1 end),
    (.approval.approvers // [] | join(", ") | clean), (.reasons | join(" ") | clean);

# The entry that names by address the results which a decision names by content.
def run($n):
  {snapshot: "snapshot", validate: "validation", redact: "redaction", train: "training",
   evaluate: "evaluation", register: "registration"} as $names
  | .[$n - 1] as $d | ($d.id | ltrimstr("decided/") | split("/")[:-1] | join("/")) as $run
  | [.[:$n - 1][] | select(.kind == "run" and (.id | startswith("run/\($run)/")))
     | select([.body.results as $r | $names | to_entries[] | $r[.key].content == $d.body.evidence[.value]] | all)]
  | last | select(. != null)
  | .sequence, (.body.night // "-" | clean), (.body.run.dag_id | clean), (.body.run.run_id | clean),
    (.body.results as $r | $names | keys_unsorted[] | $r[.]
     | select((.address | address) and (.sha256 | hex(64)) and (.content | hex(64))) | .address, .sha256, .content);

# Who answered a decision: three judgements, two counts, a sentence for each.
def people($n; $before; $bundle; $page; $starter):
  [.[$n:$before][] | select(.kind == "approved" and .body.decided_sequence == $n)] as $said
  | (if all($said[]; .body.approved == true) then "yes" else "no" end),
    (if all($said[]; .body.bundle == $bundle and ($page == "" or .body.decision == $page)) then "same" else "other" end),
    (if any($said[]; $starter != "" and ([.body.by, .body.by_id] | index($starter))) then "own" else "" end),
    ([$said[].body.by | strings] | unique | length), ([$said[].body.by_id | values] | unique | length),
    ($said[] | "entry \(.sequence): \(.body.by | clean) (account \(.body.by_id | clean)) said yes to decision \(.body.decision | clean): \(.body.reason | clean)");
