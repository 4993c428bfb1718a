/** Replies with what it was called with: the whole way of a call, and no work. */
export default {
  isolate: false,
  methods: {
    echo: {
      description: "Replies with its payload.",
      schema: {
        type: "object",
        properties: {
          level: { type: "number", minimum: 0, maximum: 100 },
          text: { type: "string", maxLength: 100 },
        },
        required: ["level"],
        additionalProperties: false,
      },
      handler: ({ payload }) => payload,
    },
  },
};
