// Every version that came to the gate, and any two of them side by side.

import { Badge, Box, Checkbox, Table, Text } from "@chakra-ui/react";
import { useState } from "react";

import { Page, Time } from "../parts";
import { figure } from "../words";
import { FATES } from "./names";
import { runPage, versionPage } from "./places";
import type { Candidate, Model } from "./types";

export function Candidates({ model }: { model: Model }) {
  const [chosen, setChosen] = useState<number[]>([]);
  const newest = [...model.candidates].reverse();
  // The oldest choice makes room for a third one.
  const choose = (sequence: number) =>
    setChosen((old) => (old.includes(sequence) ? old.filter((one) => one !== sequence) : [...old, sequence].slice(-2)));
  const two = model.candidates.filter((one) => chosen.includes(one.sequence));
  return (
    <>
      <Box overflowX="auto" tabIndex={0} role="region" aria-label="Candidates, a wide table">
        <Table.Root size="sm">
          <Table.Header>
            <Table.Row>
              <Table.ColumnHeader>Compare</Table.ColumnHeader>
              <Table.ColumnHeader>Version</Table.ColumnHeader>
              <Table.ColumnHeader>Night</Table.ColumnHeader>
              <Table.ColumnHeader>Judged</Table.ColumnHeader>
              {model.key_metric && <Table.ColumnHeader>{model.key_metric}</Table.ColumnHeader>}
              <Table.ColumnHeader>What became of it</Table.ColumnHeader>
            </Table.Row>
          </Table.Header>
          <Table.Body>
            {newest.map((one) => (
              <Row key={one.sequence} model={model.model} one={one} metric={model.key_metric} chosen={chosen.includes(one.sequence)} choose={choose} />
            ))}
          </Table.Body>
        </Table.Root>
      </Box>
      {two.length === 2 && <SideBySide two={two} better={model.better} />}
    </>
  );
}

interface Shown {
  model: string;
  one: Candidate;
  metric: string | null;
  chosen: boolean;
  choose: (sequence: number) => void;
}

function Row({ model, one, metric, chosen, choose }: Shown) {
  const found = metric === null ? undefined : one.figures[metric];
  const { text, palette } = FATES[one.fate];
  return (
    <Table.Row>
      <Table.Cell>
        <Checkbox.Root size="sm" checked={chosen} onCheckedChange={() => choose(one.sequence)}>
          <Checkbox.HiddenInput aria-label={`Compare version ${one.version}, entry ${one.sequence}`} />
          <Checkbox.Control />
        </Checkbox.Root>
      </Table.Cell>
      <Table.Cell>
        <Page to={versionPage(model, one.version)}>version {one.version}</Page>{" "}
        (<Page to={runPage(one.dag_id, one.run_id)}>run</Page>)
      </Table.Cell>
      <Table.Cell whiteSpace="nowrap">{one.night ?? "–"}</Table.Cell>
      <Table.Cell whiteSpace="nowrap">
        <Time at={one.at} />
      </Table.Cell>
      {metric && (
        <Table.Cell whiteSpace="nowrap">
          {found ? `${figure(found.value)} (${figure(found.low)} to ${figure(found.high)})` : "not measured"}
        </Table.Cell>
      )}
      <Table.Cell>
        <Badge colorPalette={palette}>{text}</Badge>
        {one.because && (
          <Text fontSize="sm" color="fg.muted">
            {one.because}
          </Text>
        )}
      </Table.Cell>
    </Table.Row>
  );
}

/** Two candidates, metric by metric. Each was measured on the holdout of its own night. */
function SideBySide({ two, better }: { two: Candidate[]; better: Record<string, boolean> }) {
  const names = Object.keys(better).filter((name) => two.some((one) => one.figures[name]));
  return (
    <Box mt={4} overflowX="auto" tabIndex={0} role="region" aria-label="Two versions side by side">
      <Table.Root size="sm">
        <Table.Caption>
          Each was measured on the holdout of its own night; intervals that overlap say nothing.
        </Table.Caption>
        <Table.Header>
          <Table.Row>
            <Table.ColumnHeader>Metric</Table.ColumnHeader>
            {two.map((one) => (
              <Table.ColumnHeader key={one.sequence}>version {one.version}</Table.ColumnHeader>
            ))}
          </Table.Row>
        </Table.Header>
        <Table.Body>
          {names.map((name) => (
            <Table.Row key={name}>
              <Table.Cell>
                {name} ({better[name] ? "higher" : "lower"} is better)
              </Table.Cell>
              {two.map((one) => {
                const found = one.figures[name];
                return (
                  <Table.Cell key={one.sequence}>
                    {found ? `${figure(found.value)} (${figure(found.low)} to ${figure(found.high)})` : "not measured"}
                  </Table.Cell>
                );
              })}
            </Table.Row>
          ))}
        </Table.Body>
      </Table.Root>
    </Box>
  );
}
