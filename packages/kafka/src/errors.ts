export { kafkaErrors as errors } from '@headrace/ports';
