// One file that Airflow's UI imports. React, the router and Chakra are the host's own: it puts them
// on `globalThis`, and takes the component from `globalThis.AirflowPlugin`.

import { defineConfig } from "vite";

const HOST = {
  react: "React",
  "react-dom": "ReactDOM",
  "react/jsx-runtime": "ReactJSXRuntime",
  "react-router-dom": "ReactRouterDOM",
  "@chakra-ui/react": "ChakraUI",
};

export default defineConfig({
  build: {
    outDir: "../plugins/airlock/ui",
    emptyOutDir: false,
    lib: {
      entry: "src/index.tsx",
      name: "AirflowPlugin",
      formats: ["umd"],
      fileName: () => "airlock.js",
    },
    // Whoever reviews a change reads what is served.
    minify: false,
    rollupOptions: { external: Object.keys(HOST), output: { globals: HOST, exports: "default" } },
  },
});
