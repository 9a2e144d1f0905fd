// What a model cost, month by month.

import { Table, Text } from "@chakra-ui/react";

import { LOOK_MS, useAnswer } from "../api";
import { Loading, Problem, Wide } from "../parts";
import { count, hours, money } from "../words";
import type { Spent } from "./types";

interface Months {
  items: { month: string; total: Spent; stages: Record<string, Spent> }[];
}

export function Costs({ model }: { model: string }) {
  const { data, error, reload } = useAnswer<Months>(["api", "v1", "models", model, "months"], () => LOOK_MS);
  if (!data) {
    return error ? <Problem error={error} reload={reload} /> : <Loading />;
  }
  if (data.items.length === 0) {
    return <Text color="fg.muted">Nobody measured what its stages took.</Text>;
  }
  const newest = data.items[0];
  const stages = Object.entries(newest?.stages ?? {}).sort((a, b) => b[1].cpu_seconds - a[1].cpu_seconds);
  return (
    <Wide label="Costs by month, and by stage of the newest month">
      <Table.Root size="sm">
        <Table.Header>
          <Table.Row>
            {["Month (UTC)", "Cost", "CPU hours", "Device hours", "Energy", "Attempts", "Reused"].map((one) => (
              <Table.ColumnHeader key={one}>{one}</Table.ColumnHeader>
            ))}
          </Table.Row>
        </Table.Header>
        <Table.Body>
          {data.items.map((one) => (
            <Took key={one.month} name={one.month} one={one.total} />
          ))}
          {stages.map(([stage, one]) => (
            <Took key={stage} name={`${newest?.month}, ${stage}`} one={one} quiet />
          ))}
        </Table.Body>
      </Table.Root>
    </Wide>
  );
}

function Took({ name, one, quiet = false }: { name: string; one: Spent; quiet?: boolean }) {
  return (
    <Table.Row color={quiet ? "fg.muted" : undefined}>
      <Table.Cell whiteSpace="nowrap" ps={quiet ? 6 : undefined}>
        {name}
      </Table.Cell>
      <Table.Cell>{money(one)}</Table.Cell>
      <Table.Cell>{hours(one.cpu_seconds)}</Table.Cell>
      <Table.Cell>{hours(one.device_seconds)}</Table.Cell>
      <Table.Cell>{one.watt_hours === null ? "not measured" : `${count(one.watt_hours)} Wh`}</Table.Cell>
      <Table.Cell>{count(one.attempts)}</Table.Cell>
      <Table.Cell>{count(one.reused)}</Table.Cell>
    </Table.Row>
  );
}
