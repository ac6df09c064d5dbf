// The class that the generator is asked for, if it knows classes.
//
// A point is then 100 numbers and one for each class: 1 for its own, else 0. Without a wish each seed has a
// class of its own, as on the command line.

/** The numbers of a point, with those of its class. */
const POINT = 100 + facts.classes.length;

/** More classes than that are a list to choose from. */
const MOST_BUTTONS = 20;

const isClass = (text) => /^[0-9]{1,3}$/.test(text) && Number(text) < facts.classes.length;

/** What the class of a point is called, by the numbers behind its noise. */
const classOf = (vector) => facts.classes[vector.indexOf(1, 100) - 100];

function setUpClasses() {
  if (facts.classes.length === 0) return;
  element("classes").hidden = false;
  const names = [["", "any"], ...facts.classes.map((name, at) => [String(at), name])];
  if (names.length > MOST_BUTTONS) {
    const select = made("select", { "aria-label": "Class" }, ...names.map(([value, name]) => made("option", { value }, name)));
    select.addEventListener("change", () => change({ class: select.value }));
    element("classes").append(select);
    return;
  }
  element("classes").append(
    ...names.map(([value, name]) => {
      const radio = made("input", { type: "radio", name: "class", id: `class-${value || "any"}`, value });
      radio.addEventListener("change", () => change({ class: value }));
      return made("label", {}, radio, ` ${name}`);
    }),
  );
}

/** Shows the class that the state has. */
function showClass() {
  const select = element("classes").querySelector("select");
  if (select) select.value = state.class;
  else if (facts.classes.length > 0) element(`class-${state.class || "any"}`).checked = true;
}
