// Runs the steps in order and prints the names of those that passed; the first that fails ends the program.
module.exports = async (steps) => {
  const passed = [];
  for (const [name, step] of Object.entries(steps)) {
    try {
      await step();
    } catch (error) {
      console.error(`${name} failed:`, error.stack, (error.rootCause ?? error).response?.data ?? "");
      process.exit(1);
    }
    passed.push(name);
  }
  console.log(JSON.stringify(passed));
};
