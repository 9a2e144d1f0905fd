// Drift of every column, night by night: a table whose cells are coloured.

import { Table, Text } from "@chakra-ui/react";

import { Wide } from "../parts";
import type { Night } from "../page/types";
import { count, figure } from "../words";

const COLUMNS = 12;
const NIGHTS = 14;

export function Heat({ nights }: { nights: Night[] }) {
  const shown = nights.slice(-NIGHTS);
  const names = worst(shown);
  return (
    <Wide label="Nights, a wide table">
      <Table.Root size="sm" width="auto">
        <Table.Caption>
          Distance of each column from the data of the champion, as a multiple of its limit: above 1 it
          has drifted.{names.length === COLUMNS && ` The ${COLUMNS} worst columns are shown.`}
        </Table.Caption>
        <Table.Header>
          <Table.Row>
            <Table.ColumnHeader>Night</Table.ColumnHeader>
            {shown.map((one) => (
              <Table.ColumnHeader key={one.night} whiteSpace="nowrap">
                {one.night}
              </Table.ColumnHeader>
            ))}
          </Table.Row>
        </Table.Header>
        <Table.Body>
          <Facts name="Rows" nights={shown} of={(one) => count(one.rows)} />
          <Facts name="Scored by" nights={shown} of={(one) => one.versions.map((version) => `v${version}`).join(", ")} />
          <Facts name="Drift" nights={shown} of={(one) => one.standing ?? "not judged"} />
          {names.map((name) => (
            <Table.Row key={name}>
              <Table.ColumnHeader scope="row">{name}</Table.ColumnHeader>
              {shown.map((one) => (
                <Cell key={one.night} value={one.columns[name]} />
              ))}
            </Table.Row>
          ))}
        </Table.Body>
      </Table.Root>
    </Wide>
  );
}

function Facts({ name, nights, of }: { name: string; nights: Night[]; of: (one: Night) => string }) {
  return (
    <Table.Row>
      <Table.ColumnHeader scope="row">{name}</Table.ColumnHeader>
      {nights.map((one) => (
        <Table.Cell key={one.night} whiteSpace="nowrap">
          {of(one)}
        </Table.Cell>
      ))}
    </Table.Row>
  );
}

function Cell({ value }: { value: number | undefined }) {
  if (value === undefined) {
    return <Table.Cell aria-label="not compared">–</Table.Cell>;
  }
  const palette = value > 1 ? "red" : value > 0.5 ? "orange" : "green";
  return (
    <Table.Cell colorPalette={palette} bg="colorPalette.subtle">
      <Text color="colorPalette.fg" fontWeight={value > 1 ? "bold" : "normal"}>
        {figure(value)}
      </Text>
    </Table.Cell>
  );
}

/** The columns that were furthest away on any of the nights. */
function worst(nights: Night[]): string[] {
  const furthest = new Map<string, number>();
  for (const one of nights) {
    for (const [name, value] of Object.entries(one.columns)) {
      furthest.set(name, Math.max(value, furthest.get(name) ?? 0));
    }
  }
  return [...furthest.keys()].sort((a, b) => (furthest.get(b) ?? 0) - (furthest.get(a) ?? 0)).slice(0, COLUMNS);
}
