const express = require("express");
const { entries, sign } = require("@guestbook/db");

const app = express();
app.get("/", async (request, response) => {
  await sign("admin");
  response.send(`admin sees ${(await entries()).join(",")}\n`);
});
app.listen(process.env.PORT || 3000);
