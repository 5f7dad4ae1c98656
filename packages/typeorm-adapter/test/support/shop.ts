/** The shop that tests of several packages share. */
export * from '../../../../test/src/shop/shop';
