// Checks an answer. What is right, and why, stands in the question's folded block; this shows the part that is due.
(() => {
  const say = (form, lines) => {
    form.querySelector(".nn-feedback").replaceChildren(
      ...lines.map(([kind, word, why]) => {
        const line = document.createElement("p");
        const mark = document.createElement("strong");
        line.className = kind;
        mark.textContent = word;
        line.append(mark, " ", ...(why ? why.cloneNode(true).childNodes : []));
        return line;
      }),
    );
  };

  const number = (form) => {
    const text = form.querySelector("input").value.trim().replace(/[−–]/g, "-").replace(",", ".");
    const value = text === "" ? NaN : Number(text);
    if (Number.isNaN(value)) return [["", "Write a number, such as 0.25."]];
    const { number, tolerance } = form.dataset;
    const close = Math.abs(value - number) <= +tolerance + 1e-9 * Math.abs(number);
    return [close ? ["right", "Right.", form.querySelector(".nn-why")] : ["wrong", "Not yet. Try again."]];
  };

  const choice = (form) => {
    const answers = [...form.querySelectorAll(".nn-answers li")];
    const inputs = [...form.querySelectorAll("input")];
    if (!inputs.some((input) => input.checked)) return [["", "Choose an answer first."]];
    const several = form.dataset.kind === "several";
    const lines = [];
    let missing = 0;
    answers.forEach((answer, i) => {
      const right = answer.dataset.right === "true";
      if (!inputs[i].checked) missing += right && several;
      else {
        const why = document.createElement("span");
        if (several) why.append(answer.querySelector(".nn-letter").cloneNode(true), " ");
        why.append(...answer.querySelector(".nn-why").cloneNode(true).childNodes);
        lines.push([right ? "right" : "wrong", right ? "Right:" : "Wrong:", why]);
      }
    });
    if (missing) lines.push(["wrong", `There ${missing > 1 ? `are ${missing} more` : "is one more"} to find.`]);
    return lines;
  };

  for (const form of document.querySelectorAll(".nn-question")) {
    form.querySelector("button").hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      say(form, form.dataset.kind === "number" ? number(form) : choice(form));
    });
  }
})();
