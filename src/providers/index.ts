import { cloudformation } from "./cloudformation/index.ts";
import { docker } from "./docker/index.ts";
import { lambdaLayer } from "./lambda-layer/index.ts";
import { machine } from "./machine/index.ts";
import type { Provider } from "./provider.ts";

/**
 * Every kind of target, in the order in which the reference lists them. A new provider adds its line here.
 *
 * A provider's own types are erased at this door, and only here: a place's `spec` and `at` were parsed by the provider's
 * own schemas and its facts come from its own survey, so what it is handed back is what it made.
 */
export const providers: readonly Provider[] = [
  erased(machine),
  erased(docker),
  erased(lambdaLayer),
  erased(cloudformation),
];

function erased<Spec, Target, Facts>(provider: Provider<Spec, Target, Facts>): Provider {
  return provider as unknown as Provider;
}
