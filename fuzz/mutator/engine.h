/* engine.h -- ties the engine's hooks for mutators into a target. */
#ifndef FUZZ_MUTATOR_ENGINE_H_
#define FUZZ_MUTATOR_ENGINE_H_

/* To be called before the first input. */
void mutator_prepare(void);

#endif /* FUZZ_MUTATOR_ENGINE_H_ */
