// Runs a relying party that is told what to do in JSON lines on standard input, one answer a line.

import * as readline from 'node:readline'

// `refusal` makes a short document of what a library threw.
export async function obey(actions, refusal) {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const { action, ...given } = JSON.parse(line)
    let answer
    try {
      answer = await actions[action](given)
    } catch (error) {
      answer = { refused: { message: error.message, ...refusal(error) } }
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`)
  }
}
