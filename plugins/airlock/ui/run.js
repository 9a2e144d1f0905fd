// The tab of a run: every stage with what it came to.

import { Page, Sign, STEPS, TAB, seconds, taskPage } from "./parts.js";

const { createElement: h } = globalThis.React;
const { Badge, Box, Flex, Heading, Text } = globalThis.ChakraUI;

export function StageList({ run }) {
  return h(
    Box,
    { as: "section", "aria-labelledby": "airlock-stages" },
    h(
      Heading,
      { as: "h2", size: "md", id: "airlock-stages", mb: 3 },
      run.night ? `The night of ${run.night}` : "Stages",
    ),
    h(
      Box,
      { as: "ol", listStyleType: "none", borderWidth: 1, borderRadius: "lg", overflow: "hidden" },
      run.stages.map((stage) => h(Row, { key: stage.task_id, run, stage })),
    ),
  );
}

function Row({ run, stage }) {
  const quiet = stage.headline === null;
  return h(
    Flex,
    {
      as: "li",
      align: "center",
      gap: 3,
      px: 4,
      py: 3,
      _notFirst: { borderTopWidth: 1 },
      wrap: "wrap",
    },
    h(Sign, { step: stage.step }),
    h(
      Page,
      { to: taskPage(run, stage.task_id, TAB), w: "24", fontWeight: "semibold" },
      stage.stage,
    ),
    h(
      Text,
      { flex: 1, minW: "48", color: quiet ? "fg.muted" : "fg" },
      quiet ? STEPS[stage.step].says : stage.headline,
    ),
    stage.reused && h(Badge, { colorPalette: "blue" }, "reused"),
    stage.seconds !== null &&
      h(
        Text,
        { color: "fg.muted", fontSize: "sm", w: "14", textAlign: "right" },
        seconds(stage.seconds),
      ),
  );
}
