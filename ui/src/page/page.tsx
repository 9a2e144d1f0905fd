// The Airlock page of Airflow's navigation: all models, one of them, or one version.

import { useLocation } from "react-router-dom";

import { Frame } from "../parts";
import { ModelPage } from "./model";
import { ModelList } from "./models";
import { ROOT } from "./places";
import { VersionPage } from "./version";

export function AirlockPage() {
  const { pathname } = useLocation();
  const [model, versions, version] = (pathname.split(`${ROOT}/`)[1] ?? "").split("/").map(decodeURIComponent);
  return (
    <main>
      <Frame>
        {model && versions === "versions" && version ? (
          <VersionPage key={`${model}-${version}`} model={model} version={version} />
        ) : model ? (
          <ModelPage key={model} name={model} />
        ) : (
          <ModelList />
        )}
      </Frame>
    </main>
  );
}
