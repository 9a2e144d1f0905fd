// The tab of a task: its record in a person's words, and where to read more.

import { TONES, seconds } from "./parts.js";

const { createElement: h, useState } = globalThis.React;
const { Badge, Box, Flex, Heading, Link, List, SimpleGrid, Stack, Text } = globalThis.ChakraUI;

export function TaskRecord({ task, run, taskId, api }) {
  const path = ["runs", run.dag_id, run.run_id, taskId, "report", task.report];
  const report = task.report && new URL(path.map(encodeURIComponent).join("/"), api).href;
  return h(
    Stack,
    { gap: 5 },
    h(Verdict, { task }),
    h(Figures, { figures: task.figures }),
    h(ReadMore, { task, report }),
    report ? h(Report, { address: report, title: task.headline }) : h(Facts, { task }),
    h(Details, { task }),
  );
}

function Verdict({ task }) {
  return h(
    Box,
    { as: "header" },
    h(
      Flex,
      { align: "center", gap: 3, wrap: "wrap" },
      h(Heading, { as: "h2", size: "xl" }, task.headline),
      h(Badge, { colorPalette: TONES[task.tone], size: "md" }, task.verdict),
    ),
    task.reasons.map((reason) => h(Text, { key: reason, mt: 2 }, reason)),
    h(Text, { color: "fg.muted", mt: 1, fontSize: "sm" }, howItCame(task)),
  );
}

function howItCame(task) {
  const night = task.night ? `Night of ${task.night}. ` : "";
  if (task.reused) {
    const from = task.made_by ? ` of ${task.made_by}` : " of an earlier run";
    return `${night}Nothing that decides it had changed: the result${from} was used again.`;
  }
  return `${night}Took ${seconds(task.seconds)}.`;
}

function Figures({ figures }) {
  return h(
    SimpleGrid,
    { as: "dl", minChildWidth: "44", gap: 3 },
    figures.map(({ label, value, note }) =>
      h(
        Box,
        { key: label, borderWidth: 1, borderRadius: "lg", px: 4, py: 3 },
        h(Text, { as: "dt", color: "fg.muted", fontSize: "sm" }, label),
        h(
          Text,
          { as: "dd", fontSize: "xl", fontWeight: "semibold", overflowWrap: "anywhere" },
          value,
        ),
        note && h(Text, { as: "dd", color: "fg.muted", fontSize: "sm" }, note),
      ),
    ),
  );
}

function ReadMore({ task, report }) {
  const links = [...task.links, ...(report ? [{ label: "Open the report", href: report }] : [])];
  return h(
    Stack,
    { gap: 1, _empty: { display: "none" } },
    task.ledger &&
      h(Text, { color: task.signed ? undefined : "fg.warning" }, task.ledger),
    links.length > 0 &&
      h(
        Flex,
        { gap: 5, wrap: "wrap" },
        links.map(({ label, href }) =>
          h(
            Link,
            {
              key: href,
              href,
              target: "_blank",
              rel: "noopener noreferrer",
              colorPalette: "blue",
              variant: "underline",
            },
            `${label} ↗`,
          ),
        ),
      ),
  );
}

function Facts({ task }) {
  return h(
    List.Root,
    { ps: 5 },
    task.facts.map((fact) => h(List.Item, { key: fact }, fact)),
  );
}

/** The report's tables, without the headline and the figures, which stand above already. */
function Report({ address, title }) {
  const [height, setHeight] = useState(240);
  // The report runs no script, but it is of our origin: this page may prepare and measure it.
  const fit = ({ target }) => {
    const page = target.contentDocument?.documentElement;
    page?.classList.add("embedded");
    setHeight(page?.scrollHeight ?? height);
  };
  return h("iframe", {
    src: address,
    title: `Report: ${title}`,
    onLoad: fit,
    style: {
      border: 0,
      width: "100%",
      height: `${height}px`,
      // A page without a script learns the theme from its frame, and that from Airflow's page, whenever
      // somebody changes it.
      colorScheme: "inherit",
    },
  });
}

function Details({ task }) {
  return h(
    Box,
    { as: "details" },
    h(Text, { as: "summary", cursor: "pointer", color: "fg.muted" }, "The record itself"),
    h(Text, { fontSize: "sm", mt: 2 }, `Content ${task.content}`),
    h(
      Box,
      {
        as: "pre",
        mt: 2,
        p: 4,
        maxH: "96",
        overflow: "auto",
        borderRadius: "lg",
        bg: "bg.subtle",
        fontSize: "xs",
        tabIndex: 0,
      },
      JSON.stringify(task.record, null, 2),
    ),
  );
}
