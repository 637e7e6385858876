"use strict";
// The page reads without this: tables get sorted and saved, charts saved, pictures faded, cut at a threshold and enlarged.

const make = (name, attributes = {}, ...children) => {
  const element = Object.assign(document.createElement(name), attributes);
  element.append(...children);
  return element;
};
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

const button = (className, name, text, action) => {
  const made = make("button", { type: "button", className, title: name }, text);
  made.setAttribute("aria-label", name);
  made.addEventListener("click", action);
  return made;
};
