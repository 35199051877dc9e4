// @ts-check

/** @returns {Promise<boolean>} whether camera and microphone open without a question */
export async function bothPermitted() {
  try {
    // not in TypeScript's list of names
    const names = /** @type {PermissionName[]} */ (/** @type {string[]} */ (["camera", "microphone"]));
    const found = await Promise.all(names.map((name) => navigator.permissions.query({ name })));
    return found.every(({ state }) => state === "granted");
  } catch {
    return false; // Firefox before 131 knows neither name
  }
}
