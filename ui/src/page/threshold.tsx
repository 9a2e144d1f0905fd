// What follows from a threshold between two classes, as somebody moves it: counts, and their cost.

import { Box, Field, Flex, Input, Table, Text } from "@chakra-ui/react";
import { useId, useState } from "react";

import { Wide } from "../parts";
import { count, figure, share } from "../words";
import type { Band, Curves, Scores } from "./curves";

export interface CostOfErrors {
  false_positive: number;
  false_negative: number;
}

interface Outcome {
  flagged: number;
  found: number;
  rows: number;
  hits: number;
}

/** What lies at or above a threshold. Groups stay whole: no figure is one row's. */
function outcome({ bands }: Scores, threshold: number): Outcome {
  const sum = (some: Band[], of: (band: Band) => number) => some.reduce((all, band) => all + of(band), 0);
  const above = bands.filter((band) => band.score >= threshold);
  const hits = (band: Band) => Math.round(band.truth * band.rows);
  return {
    flagged: sum(above, (band) => band.rows),
    found: sum(above, hits),
    rows: sum(bands, (band) => band.rows),
    hits: sum(bands, hits),
  };
}

const cost = (one: Outcome, of: CostOfErrors) =>
  (one.flagged - one.found) * of.false_positive + (one.hits - one.found) * of.false_negative;

export function Threshold({ curves, costs }: { curves: Curves; costs: CostOfErrors | null }) {
  const id = useId();
  const steps = [...new Set(curves.candidate.bands.map((band) => band.score))];
  const [each, setEach] = useState<CostOfErrors>(costs ?? { false_positive: 1, false_negative: 1 });
  const cheapest = (of: CostOfErrors) =>
    steps.reduce((best, one) => (cost(outcome(curves.candidate, one), of) < cost(outcome(curves.candidate, best), of) ? one : best), steps[0] ?? 0.5);
  const [threshold, setThreshold] = useState(() => cheapest(each));
  const positive = curves.classes[1] ?? "positive";
  const models: [string, Scores][] = [["candidate", curves.candidate]];
  if (curves.champion) models.push(["champion", curves.champion]);
  const set = (name: keyof CostOfErrors) => (text: string) => {
    const value = Number(text);
    if (Number.isFinite(value) && value >= 0) setEach({ ...each, [name]: value });
  };
  return (
    <Box borderWidth={1} borderRadius="lg" p={4}>
      <Text fontWeight="semibold" mb={2}>
        What a threshold does
      </Text>
      <label htmlFor={id}>
        Decided as {positive} from a probability of <strong>{figure(threshold)}</strong> on
      </label>
      <input
        id={id}
        type="range"
        min={0}
        max={1}
        step={0.005}
        value={threshold}
        onChange={(event) => setThreshold(Number(event.currentTarget.value))}
        style={{ display: "block", width: "100%", maxWidth: "36rem" }}
      />
      <Flex gap={4} wrap="wrap" align="end" my={3}>
        <Field.Root w="44">
          <Field.Label>Cost of a false alarm</Field.Label>
          <Input size="sm" type="number" min={0} defaultValue={each.false_positive} onChange={(event) => set("false_positive")(event.currentTarget.value)} />
        </Field.Root>
        <Field.Root w="44">
          <Field.Label>Cost of a missed one</Field.Label>
          <Input size="sm" type="number" min={0} defaultValue={each.false_negative} onChange={(event) => set("false_negative")(event.currentTarget.value)} />
        </Field.Root>
        <Text color="fg.muted" fontSize="sm">
          {costs ? "The costs are those that its threshold was chosen by." : "Nobody said what an error costs: both count 1."} The cheapest
          threshold would be {figure(cheapest(each))}.
        </Text>
      </Flex>
      <Wide label="What the threshold does, for candidate and champion">
        <Table.Root size="sm">
          <Table.Header>
            <Table.Row>
              {["Model", "Flagged", "Of them right", "False alarms", "Missed", "Found", "Cost"].map((one) => (
                <Table.ColumnHeader key={one}>{one}</Table.ColumnHeader>
              ))}
            </Table.Row>
          </Table.Header>
          <Table.Body>
            {models.map(([name, scores]) => {
              const one = outcome(scores, threshold);
              return (
                <Table.Row key={name}>
                  <Table.ColumnHeader scope="row">{name}</Table.ColumnHeader>
                  <Table.Cell>
                    {count(one.flagged)} of {count(one.rows)}
                  </Table.Cell>
                  <Table.Cell>{one.flagged ? share(one.found / one.flagged) : "–"}</Table.Cell>
                  <Table.Cell>{count(one.flagged - one.found)}</Table.Cell>
                  <Table.Cell>{count(one.hits - one.found)}</Table.Cell>
                  <Table.Cell>{one.hits ? share(one.found / one.hits) : "–"}</Table.Cell>
                  <Table.Cell>{figure(cost(one, each))}</Table.Cell>
                </Table.Row>
              );
            })}
          </Table.Body>
        </Table.Root>
      </Wide>
    </Box>
  );
}
