// What the page and both tabs are made of: the frame, messages, links, what stands for an answer.

import { Alert, Box, Button, Heading, Link, Skeleton, Stack, Text } from "@chakra-ui/react";
import { useEffect, useRef, useState } from "react";
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

/** Whatever may be wider than the screen: it scrolls, by keyboard as well, and says so where it does. */
export function Wide({ label, children }: { label: string; children: ReactNode }) {
  const box = useRef<HTMLDivElement>(null);
  const [wider, setWider] = useState(false);
  useEffect(() => {
    const one = box.current;
    if (one === null) return undefined;
    const look = () => setWider(one.scrollWidth > one.clientWidth + 1);
    const watch = new ResizeObserver(look);
    watch.observe(one);
    if (one.firstElementChild) watch.observe(one.firstElementChild);
    look();
    return () => watch.disconnect();
  }, []);
  return (
    <Box minW={0}>
      {wider && (
        <Text fontSize="xs" color="fg.muted" mb={1}>
          Scroll sideways for the other columns →
        </Text>
      )}
      <Box ref={box} overflowX="auto" tabIndex={0} role="region" aria-label={label} borderRightWidth={wider ? 2 : 0} borderColor="border.emphasized">
        {children}
      </Box>
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
