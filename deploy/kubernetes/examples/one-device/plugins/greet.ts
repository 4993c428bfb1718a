import { definePlugin } from "hubhand";

export default definePlugin({
  methods: {
    greet: {
      schema: { type: "object", required: ["name"], properties: { name: { type: "string" } } },
      handler: ({ name }) => ({ greeting: `hello ${name}` }),
    },
  },
});
