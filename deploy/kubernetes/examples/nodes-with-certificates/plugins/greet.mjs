export default { methods: { greet: () => ({ greeting: "hello" }) } };
