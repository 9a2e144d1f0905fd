// Every version that came to the gate, and any two of them side by side.

import { Badge, Checkbox, Table, Text } from "@chakra-ui/react";
import { useState } from "react";

import { Page, Time, Wide } from "../parts";
import { figure } from "../words";
import { SideBySide } from "./beside";
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
      <Wide label="Candidates, a wide table">
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
      </Wide>
      {two[0] && two[1] && <SideBySide key={chosen.join("-")} model={model.model} two={[two[0], two[1]]} />}
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
