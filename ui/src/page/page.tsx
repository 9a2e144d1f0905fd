// The Airlock page of Airflow's navigation: all models, or one of them.

import { useLocation } from "react-router-dom";

import { Frame } from "../parts";
import { ModelPage } from "./model";
import { ModelList } from "./models";
import { ROOT } from "./places";

export function AirlockPage() {
  const { pathname } = useLocation();
  const [, model] = pathname.split(`${ROOT}/`);
  return (
    <main>
      <Frame>
        {model ? <ModelPage key={model} name={decodeURIComponent(model)} /> : <ModelList />}
      </Frame>
    </main>
  );
}
