import { invalid, ServiceError } from "./error.ts";
import { isObject, type JsonObject, objectsOf, textOf } from "./json.ts";

/** One value of a parameter as a stack keeps it. */
export interface Parameter {
  key: string;
  value: string;
  /** Not shown to anybody who asks. */
  hidden: boolean;
  type: string;
}

/**
 * The parameters of a request against those that a template declares: what is given, else what the stack has where the
 * request says so, else the default. Throws as the service does for one that is missing, unknown or not allowed.
 */
export function settleParameters(template: JsonObject, input: JsonObject, before: readonly Parameter[]): Parameter[] {
  const declared = declaredParameters(template);
  const given = new Map<string, JsonObject>();
  for (const item of objectsOf(input, "Parameters")) {
    const key = textOf(item, "ParameterKey") ?? "";
    if (given.has(key)) throw invalid(`Parameter ${key} is given twice`);
    given.set(key, item);
  }
  const unknown = [...given.keys()].filter((key) => !(key in declared));
  if (unknown.length > 0) throw invalid(`Parameters: [${unknown.join(", ")}] do not exist in the template`);
  const missing: string[] = [];
  const settled: Parameter[] = [];
  for (const [key, declaration] of Object.entries(declared)) {
    const value = valueFor(key, given.get(key), declaration, before);
    if (value === undefined) missing.push(key);
    else
      settled.push({
        key,
        value: checked(key, value, declaration),
        hidden: isHidden(declaration),
        type: String(declaration.Type),
      });
  }
  if (missing.length > 0) throw invalid(`Parameters: [${missing.join(", ")}] must have values`);
  return settled;
}

/** The declared parameters, each with a type that this server knows. */
export function declaredParameters(template: JsonObject): Record<string, JsonObject> {
  const declared: Record<string, JsonObject> = {};
  const section = template.Parameters;
  if (section === undefined) return declared;
  if (!isObject(section)) throw invalid("Template format error: Parameters must be an object.");
  for (const [key, declaration] of Object.entries(section)) {
    if (!/^[a-zA-Z0-9]{1,255}$/.test(key))
      throw invalid(`Template format error: Parameter name ${key} is non alphanumeric.`);
    if (!isObject(declaration)) throw invalid(`Template format error: Any Parameters member must be an object.`);
    const bad = Object.keys(declaration).filter((name) => !knownKeys.includes(name));
    if (bad.length > 0) throw invalid(`Invalid template parameter property '${bad[0]}'`);
    const type = declaration.Type;
    if (typeof type !== "string")
      throw invalid(`Template format error: Every Parameters object must contain a Type member.`);
    if (!["String", "Number", "CommaDelimitedList", "List<Number>"].includes(type)) {
      if (/^(AWS::|List<AWS::)/.test(type))
        throw new ServiceError("NotImplemented", `This server knows no parameters of type ${type}.`, 501);
      throw invalid(`Template format error: Unrecognized parameter type: ${type}`);
    }
    declared[key] = declaration;
  }
  return declared;
}

const knownKeys = [
  "Type",
  "Default",
  "Description",
  "NoEcho",
  "AllowedPattern",
  "AllowedValues",
  "ConstraintDescription",
  "MaxLength",
  "MaxValue",
  "MinLength",
  "MinValue",
];

function valueFor(key: string, given: JsonObject | undefined, declaration: JsonObject, before: readonly Parameter[]) {
  const value = given === undefined ? undefined : textOf(given, "ParameterValue");
  if (given?.UsePreviousValue === true) {
    if (value !== undefined)
      throw invalid(
        `Invalid input for parameter key ${key}. Cannot specify usePreviousValue as true and non empty value for a parameter`,
      );
    const had = before.find((parameter) => parameter.key === key);
    if (had === undefined) throw invalid(`Invalid input for parameter key ${key}. Previous value is not known`);
    return had.value;
  }
  if (given !== undefined && value === undefined)
    throw invalid(`Either UsePreviousValue or ParameterValue is needed for ${key}`);
  const standard = declaration.Default;
  return value ?? (standard === undefined ? undefined : String(standard));
}

function checked(key: string, value: string, declaration: JsonObject): string {
  const why = textOf(declaration, "ConstraintDescription");
  const fail = (text: string) =>
    invalid(why === undefined ? text : `Parameter ${key} failed to satisfy constraint: ${why}`);
  const allowed = declaration.AllowedValues;
  if (Array.isArray(allowed) && !allowed.map(String).includes(value))
    throw fail(`Parameter '${key}' must be one of AllowedValues`);
  const pattern = textOf(declaration, "AllowedPattern");
  if (pattern !== undefined && !new RegExp(`^(?:${pattern})$`).test(value))
    throw fail(`Parameter '${key}' must match pattern ${pattern}`);
  if (value.length < Number(declaration.MinLength ?? 0))
    throw fail(`Parameter '${key}' must contain at least ${Number(declaration.MinLength)} characters`);
  if (value.length > Number(declaration.MaxLength ?? 4096))
    throw fail(`Parameter '${key}' must contain at most ${Number(declaration.MaxLength ?? 4096)} characters`);
  if (declaration.Type === "Number") {
    if (value.trim() === "" || Number.isNaN(Number(value))) throw invalid(`Parameter '${key}' must be a number`);
    if (Number(value) < Number(declaration.MinValue ?? -Infinity))
      throw fail(`Parameter '${key}' must be a number not less than ${Number(declaration.MinValue)}`);
    if (Number(value) > Number(declaration.MaxValue ?? Infinity))
      throw fail(`Parameter '${key}' must be a number not greater than ${Number(declaration.MaxValue)}`);
  }
  return value;
}

/** Whether a parameter's value is kept from answers. */
export function isHidden(declaration: JsonObject): boolean {
  return declaration.NoEcho === true || declaration.NoEcho === "true";
}
