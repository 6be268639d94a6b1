"use strict";

// Shows /openapi.json of this server: what to send, what comes back, by examples and fields.

function element(name, ...children) {
  const made = document.createElement(name);
  made.append(...children);
  return made;
}

function resolve(schema, whole) {
  return schema.$ref ? whole.components.schemas[schema.$ref.split("/").pop()] : schema;
}

function typeName(schema) {
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.anyOf) return schema.anyOf.map(typeName).join(" | ");
  if (schema.type === "array") return `[${typeName(schema.items ?? {})}]`;
  return schema.enum ? schema.enum.join(" | ") : schema.type ?? "любое";
}

function fields(schema, whole) {
  const found = resolve(schema, whole);
  const list = element("ul");
  for (const [name, field] of Object.entries(found.properties ?? {})) {
    const item = element("li", element("code", name), ` — ${typeName(field)}`);
    if ((found.required ?? []).includes(name)) item.append(", обязательно");
    if (field.description) item.append(`. ${field.description}`);
    list.append(item);
  }
  return list;
}

function content(title, holder, whole) {
  const media = holder?.content?.["application/json"];
  if (!media) return [];
  const schema = resolve(media.schema ?? {}, whole);
  const example = media.example ?? schema.examples?.[0];
  const parts = [element("h3", title), fields(media.schema ?? {}, whole)];
  if (example) {
    const shown = element("pre", JSON.stringify(example, null, 2));
    shown.tabIndex = 0; // it runs over the edge: the keyboard must scroll it too
    parts.push(shown);
  }
  return parts;
}

function operation(method, path, what, whole) {
  const section = element("section", element("h2", `${method.toUpperCase()} ${path}`), element("p", what.summary ?? ""));
  section.append(...content("Запрос", what.requestBody, whole));
  for (const [status, answer] of Object.entries(what.responses)) {
    section.append(...content(`Ответ ${status}`, answer, whole));
  }
  return section;
}

function schemas(whole) {
  const section = element("section", element("h2", "Объекты"));
  for (const [name, schema] of Object.entries(whole.components.schemas)) {
    section.append(element("h3", name), fields(schema, whole));
  }
  return section;
}

async function show() {
  const whole = await (await fetch("/openapi.json")).json();
  document.getElementById("about").textContent = whole.info.description;
  const paths = document.getElementById("paths");
  for (const [path, operations] of Object.entries(whole.paths)) {
    for (const [method, what] of Object.entries(operations)) paths.append(operation(method, path, what, whole));
  }
  paths.append(schemas(whole));
}

show();
