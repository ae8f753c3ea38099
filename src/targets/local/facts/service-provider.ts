/** Why a step that brings the deployment up does not: what the service's `provider:` makes of it (Compose 2.36 on). */
export function providerProblem(service: string, provider: string): string {
  return `service "${service}" has provider type "${provider}", a program that Compose would start on this machine: start the deployment by hand if you trust it`;
}
