// What the page and both tabs are made of: the frame, messages, links, what stands for an answer.

import { Alert, Box, Button, Heading, Link, Skeleton, Stack } from "@chakra-ui/react";
import type { ReactNode } from "react";
import { Link as RouterLink } from "react-router-dom";

import type { Refusal } from "./api";
import { ago, time, utc } from "./words";

export function Frame({ children }: { children: ReactNode }) {
  return (
    <Stack id="airlock" gap={5} p={4} maxW="6xl" mx="auto" w="full">
      {children}
    </Stack>
  );
}

export function Page({ to, children, ...rest }: { to: string; children: ReactNode } & Record<string, unknown>) {
  return (
    <Link asChild colorPalette="blue" variant="underline" {...rest}>
      <RouterLink to={to}>{children}</RouterLink>
    </Link>
  );
}

type Status = "info" | "warning" | "error" | "success" | "neutral";

export function Message({ status, title, children }: { status: Status; title: string; children?: ReactNode }) {
  return (
    <Alert.Root status={status} role={status === "error" ? "alert" : "status"}>
      <Alert.Indicator />
      <Alert.Content>
        <Alert.Title>{title}</Alert.Title>
        <Alert.Description>{children}</Alert.Description>
      </Alert.Content>
    </Alert.Root>
  );
}

export function Problem({ error, reload }: { error: Refusal; reload: () => void }) {
  return (
    <Message status={error.status === 404 ? "info" : "error"} title={error.what}>
      {error.do}
      <Button size="xs" variant="outline" onClick={reload} ml={3}>
        Try again
      </Button>
    </Message>
  );
}

export function Loading() {
  return (
    <Stack gap={3} aria-busy aria-label="Loading" role="status">
      <Skeleton height="10" />
      <Skeleton height="32" />
    </Stack>
  );
}

export function Section({ title, children }: { title: string; children: ReactNode }) {
  const id = `airlock-${title.replace(/\W+/g, "-").toLowerCase()}`;
  return (
    <Box as="section" aria-labelledby={id}>
      <Heading as="h2" size="md" id={id} mb={3} _firstLetter={{ textTransform: "uppercase" }}>
        {title}
      </Heading>
      {children}
    </Box>
  );
}

/** A time in the reader's zone; UTC for whoever hovers. */
export function Time({ at, relative = false }: { at: string; relative?: boolean }) {
  return (
    <time dateTime={at} title={utc(at)}>
      {relative ? ago(at) : time(at)}
    </time>
  );
}

const MOMENT = /(\d{4}-\d\d-\d\d) (\d\d:\d\d) UTC/;

/** A sentence of the API, its times in the reader's zone. */
export function Said({ children }: { children: string }) {
  const found = MOMENT.exec(children);
  if (found === null) {
    return children;
  }
  const [whole, day, hour] = found;
  return (
    <>
      {children.slice(0, found.index)}
      <Time at={`${day}T${hour}:00Z`} />
      <Said>{children.slice(found.index + whole.length)}</Said>
    </>
  );
}
