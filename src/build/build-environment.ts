import { fixedTime } from "./clean-copy.ts";

/**
 * The variables that a build command sees: a few of the user's own, and settings under which tools make the same files
 * anywhere. Nothing else of the environment reaches it: what a build needs beside them, the manifest names.
 */
export function buildEnvironment(
  temporary: string,
  variables: Readonly<Record<string, string>>,
  env: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => taken.has(name.toLowerCase()) || npmAccess.test(name));
  return { ...Object.fromEntries(kept), TMPDIR: temporary, ...fixed, ...variables };
}

/** Where the user's tools are, and how they reach their package mirrors. In lower case: tools take some in both. */
const taken = new Set([
  "path",
  "home",
  "all_proxy",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "curl_ca_bundle",
  "git_ssl_cainfo",
  "nix_ssl_cert_file",
  "node_extra_ca_certs",
  "requests_ca_bundle",
  "ssl_cert_dir",
  "ssl_cert_file",
  ...[
    "cache_dir",
    "cert",
    "client_cert",
    "config_file",
    "default_timeout",
    "extra_index_url",
    "find_links",
    "index_url",
    "keyring_provider",
    "no_index",
    "proxy",
    "retries",
    "trusted_host",
  ].map((name) => `pip_${name}`),
  ...[
    "cache_dir",
    "config_file",
    "default_index",
    "extra_index_url",
    "find_links",
    "index",
    "index_url",
    "native_tls",
    "offline",
  ].map((name) => `uv_${name}`),
  ...[
    "cache",
    "cafile",
    "globalconfig",
    "https_proxy",
    "noproxy",
    "offline",
    "proxy",
    "registry",
    "strict_ssl",
    "userconfig",
  ].map((name) => `npm_config_${name}`),
]);

/** npm's credentials for a registry stand under its address. */
const npmAccess = /^npm_config_\/\//i;

const fixed = {
  LANG: "C.UTF-8",
  LC_ALL: "C.UTF-8",
  TZ: "UTC",
  // https://reproducible-builds.org/specs/source-date-epoch/
  SOURCE_DATE_EPOCH: `${fixedTime}`,
  PYTHONDONTWRITEBYTECODE: "1",
  PYTHONHASHSEED: "0",
  PYTHONNOUSERSITE: "1",
  PIP_DISABLE_PIP_VERSION_CHECK: "1",
  // Means that nothing is compiled: pip takes this one the other way round.
  // https://pip.pypa.io/en/stable/topics/configuration/#boolean-options
  PIP_NO_COMPILE: "0",
  PIP_NO_INPUT: "1",
  PIP_ROOT_USER_ACTION: "ignore",
  npm_config_audit: "false",
  npm_config_fund: "false",
  npm_config_update_notifier: "false",
};
