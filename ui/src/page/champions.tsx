// The timeline of champions, the present one first.

import { Badge, Box, Flex, Stack, Text } from "@chakra-ui/react";

import { Time } from "../parts";
import { HOW } from "./names";
import { Act } from "./needs";
import type { Model, Reign } from "./types";

const PALETTE: Record<Reign["how"], string> = {
  promoted: "green",
  canary: "green",
  "break-glass": "red",
  "rolled back": "orange",
};

// How it came to be champion: "rolled back" would be read as its end.
const BADGE: Record<Reign["how"], string> = {
  promoted: "promoted",
  canary: "after a canary",
  "break-glass": "break-glass",
  "rolled back": "back by a rollback",
};

export function Champions({ model, changed }: { model: Model; changed: () => void }) {
  const reigns = [...model.champions].reverse();
  if (reigns.length === 0) {
    return <Text color="fg.muted">None yet.</Text>;
  }
  const present = reigns[0];
  return (
    <Stack as="ol" listStyleType="none" gap={0}>
      {reigns.map((one) => (
        <Box as="li" key={one.sequence} borderLeftWidth={2} ps={4} pb={4} borderColor="border.emphasized">
          <Flex gap={2} align="center" wrap="wrap">
            <Text fontWeight="semibold">Version {one.version}</Text>
            <Badge colorPalette={PALETTE[one.how]}>{BADGE[one.how]}</Badge>
            {one.how === "break-glass" && (
              <Badge colorPalette={one.confirmed ? "green" : "red"}>
                {one.confirmed ? "confirmed" : "not confirmed"}
              </Badge>
            )}
          </Flex>
          <Text>
            <Time at={one.since} /> to {one.until ? <Time at={one.until} /> : "now"}
          </Text>
          <Text color="fg.muted">
            {HOW[one.how]}
            {one.by.length > 0 && `, by ${one.by.join(" and ")}`}. {one.why}
          </Text>
          <Text color="fg.muted" fontSize="sm">
            Ledger entry {one.sequence}
            {one.night && `, data of ${one.night}`}
            {one.policy && `, policy ${one.policy}`}
          </Text>
          {model.may.start.includes("model_rollback") && goesBack(one, present, reigns) && (
            <Act
              dagId="model_rollback"
              conf={{ model: model.model, to_version: one.version }}
              does={`Roll back to version ${one.version}`}
              changed={changed}
              follows={following(model, present)}
            />
          )}
        </Box>
      ))}
    </Stack>
  );
}

/** What a rollback leaves to be done: the form says it before. */
function following(model: Model, present: Reign | undefined): string {
  const nights = model.nights.filter((one) => present !== undefined && one.versions.includes(present.version));
  return nights.length === 0 || present === undefined
    ? "No night is served by the present champion: nothing is to be scored again."
    : `${nights.length === 1 ? "1 night is" : `${nights.length} nights are`} served by version ${present.version}; ` +
        "they can be scored again next.";
}

/** Whether a rollback to a reign makes sense: another version, at its latest reign. */
function goesBack(one: Reign, present: Reign | undefined, reigns: Reign[]): boolean {
  const latest = reigns.find((other) => other.version === one.version);
  return one.version !== present?.version && latest === one;
}
