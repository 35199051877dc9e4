// @ts-check
/**
 * The 64 pictures of "Who listens?", each with its word in the page's language. The word is what
 * counts: the picture is left out where the device has no font for it. Never change their order,
 * or pages of two versions show different words. No two words sound alike in German or English.
 */

import { t } from "../i18n.js";

/** @returns {[string, string][]} pairs [picture, word], by number */
export const pictures = () => [
  ["🐶", t("dog")], ["🐱", t("cat")], ["🐴", t("horse")], ["🐷", t("pig")],
  ["🐮", t("cow")], ["🐸", t("frog")], ["🐟", t("fish")], ["🐘", t("elephant")],
  ["🐢", t("tortoise")], ["🐝", t("bee")], ["🐧", t("penguin")], ["🐍", t("snake")],
  ["🐌", t("snail")], ["🐳", t("whale")], ["🐙", t("octopus")], ["🐯", t("tiger")],
  ["🍎", t("apple")], ["🍌", t("banana")], ["🍒", t("cherries")], ["🍓", t("strawberry")],
  ["🍇", t("grapes")], ["🍅", t("tomato")], ["🍍", t("pineapple")], ["🍋", t("lemon")],
  ["🍄", t("mushroom")], ["🍕", t("pizza")], ["🍪", t("biscuit")], ["☕", t("coffee")],
  ["🌳", t("tree")], ["🌹", t("rose")], ["🌵", t("cactus")], ["🌈", t("rainbow")],
  ["⛄", t("snowman")], ["🌞", t("sun")], ["🌙", t("moon")], ["⭐", t("star")],
  ["🔥", t("fire")], ["⚡", t("lightning")], ["⚓", t("anchor")], ["🚲", t("bicycle")],
  ["🚂", t("locomotive")], ["🚀", t("rocket")], ["🚁", t("helicopter")], ["🚜", t("tractor")],
  ["⛵", t("sailing boat")], ["⛺", t("tent")], ["🏠", t("house")], ["🔑", t("key")],
  ["🔔", t("bell")], ["⏰", t("alarm clock")], ["📖", t("book")], ["✂️", t("scissors")],
  ["☔", t("umbrella")], ["👓", t("glasses")], ["👑", t("crown")], ["👟", t("shoe")],
  ["💍", t("ring")], ["🎈", t("balloon")], ["🎸", t("guitar")], ["🎺", t("trumpet")],
  ["⚽", t("football")], ["🎁", t("present")], ["💡", t("light bulb")], ["🔨", t("hammer")],
];

/**
 * Whether the device draws such pictures. Without a font for them it draws an empty box, in the
 * text's colour; the pictures have colours of their own.
 */
export function drawsPictures() {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 24;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  if (!pen) return false;
  pen.font = "20px sans-serif";
  pen.textBaseline = "top";
  pen.fillText("🐸", 0, 0);
  const { data } = pen.getImageData(0, 0, 24, 24);
  return data.some((value, at) => at % 4 === 0 && (value !== data[at + 1] || value !== data[at + 2]));
}
