// The texts of the page whose contrast with what is behind them is below 4.5:1 (WCAG 2.2, 1.4.3).
const channels = (colour) => colour.match(/[\d.]+/g).map(Number);
const luminance = (colour) => {
  const [r, g, b] = channels(colour).slice(0, 3).map((one) => {
    const part = one / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const ground = (element) => {
  for (let one = element; one; one = one.parentElement) {
    const colour = getComputedStyle(one).backgroundColor;
    if ((channels(colour)[3] ?? 1) === 1) return colour;
  }
  return "rgb(255, 255, 255)";
};
for (const one of document.querySelectorAll("details")) one.open = true;
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const poor = [];
let looked = 0;
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement;
  if (!walker.currentNode.data.trim() || !element.checkVisibility() || element.closest("script, .skip")) continue;
  looked += 1;
  const style = getComputedStyle(element);
  const ink = element.closest("svg") ? style.fill : style.color;
  const [light, dark] = [luminance(ink), luminance(ground(element))].sort((a, b) => b - a);
  if ((light + 0.05) / (dark + 0.05) < 4.5) poor.push(walker.currentNode.data.trim().slice(0, 40));
}
return [looked, poor];
