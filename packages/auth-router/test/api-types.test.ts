import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server';
import { describe, expectTypeOf, test } from 'vitest';
import type { z } from 'zod';
import type { AuthApi, AuthRouter, AuthRouters, FieldsInputOf, FieldsOf, NoFields, User } from '../src/api/api.ts';
import type { authRoutes } from '../src/auth/auth.router.ts';
import type { createAuthRouter } from '../src/auth-router.ts';
import type { passwordRoutes } from '../src/password/password.router.ts';
import type { registrationRoutes } from '../src/registration/registration.router.ts';
import type { socialRoutes } from '../src/social/social.router.ts';
import type { noFields } from '../src/user-fields.ts';

/** What the compiler makes of the routers themselves, before they are held to the table. */
type Made<F extends z.ZodObject> = {
  auth: ReturnType<typeof authRoutes<F>>;
  registration: ReturnType<typeof registrationRoutes<F>>;
  password: ReturnType<typeof passwordRoutes>;
  social: ReturnType<typeof socialRoutes<F>>;
};

type SomeFields = z.ZodObject<{ plan: z.ZodEnum<{ free: 'free'; paid: 'paid' }>; since: z.ZodOptional<z.ZodDate> }, z.core.$strict>;

describe('the table of procedures is the routers, no more and no less', () => {
  test('without fields of an application', () => {
    expectTypeOf<inferRouterInputs<AuthRouter>['auth']>().toEqualTypeOf<inferRouterInputs<Made<typeof noFields>['auth']>>();
    expectTypeOf<inferRouterOutputs<AuthRouter>['auth']>().toEqualTypeOf<inferRouterOutputs<Made<typeof noFields>['auth']>>();
    expectTypeOf<inferRouterInputs<AuthRouter>['registration']>().toEqualTypeOf<inferRouterInputs<Made<typeof noFields>['registration']>>();
    expectTypeOf<inferRouterOutputs<AuthRouter>['registration']>().toEqualTypeOf<
      inferRouterOutputs<Made<typeof noFields>['registration']>
    >();
    expectTypeOf<inferRouterInputs<AuthRouter>['password']>().toEqualTypeOf<inferRouterInputs<Made<typeof noFields>['password']>>();
    expectTypeOf<inferRouterOutputs<AuthRouter>['password']>().toEqualTypeOf<inferRouterOutputs<Made<typeof noFields>['password']>>();
    expectTypeOf<inferRouterInputs<AuthRouter>['social']>().toEqualTypeOf<inferRouterInputs<Made<typeof noFields>['social']>>();
    expectTypeOf<inferRouterOutputs<AuthRouter>['social']>().toEqualTypeOf<inferRouterOutputs<Made<typeof noFields>['social']>>();
  });

  test('with fields of an application', () => {
    type Ours = AuthRouters<SomeFields>;
    expectTypeOf<inferRouterInputs<Ours['auth']>>().toEqualTypeOf<inferRouterInputs<Made<SomeFields>['auth']>>();
    expectTypeOf<inferRouterOutputs<Ours['auth']>>().toEqualTypeOf<inferRouterOutputs<Made<SomeFields>['auth']>>();
    expectTypeOf<inferRouterInputs<Ours['registration']>>().toEqualTypeOf<inferRouterInputs<Made<SomeFields>['registration']>>();
    expectTypeOf<inferRouterOutputs<Ours['registration']>>().toEqualTypeOf<inferRouterOutputs<Made<SomeFields>['registration']>>();
    expectTypeOf<inferRouterInputs<Ours['social']>>().toEqualTypeOf<inferRouterInputs<Made<SomeFields>['social']>>();
    expectTypeOf<inferRouterOutputs<Ours['social']>>().toEqualTypeOf<inferRouterOutputs<Made<SomeFields>['social']>>();
  });

  test('and it names every sub-router', () => {
    type Built = ReturnType<typeof createAuthRouter>['authRouters'];
    expectTypeOf<keyof Made<typeof noFields>>().toEqualTypeOf<keyof Built>();
    expectTypeOf<keyof AuthApi<unknown, unknown>>().toEqualTypeOf<keyof Built>();
  });
});

describe('the fields of an application', () => {
  test('are known where a user is answered', () => {
    expectTypeOf<User<FieldsOf<SomeFields>>['fields']>().toEqualTypeOf<{ plan: 'free' | 'paid'; since?: Date | undefined }>();
    expectTypeOf<inferRouterOutputs<AuthRouter<SomeFields>>['auth']['user']['fields']['plan']>().toEqualTypeOf<'free' | 'paid'>();
    expectTypeOf<inferRouterOutputs<AuthRouter>['auth']['user']['fields']>().toEqualTypeOf<Record<string, never>>();
  });

  test('have to be given at registration when one of them must be', () => {
    type Input = inferRouterInputs<AuthRouter<SomeFields>>['registration']['register'];
    expectTypeOf<Input>().toExtend<{ fields: FieldsInputOf<SomeFields> }>();
    expectTypeOf<{ email: string; password: string }>().not.toExtend<Input>();
    expectTypeOf<{ email: string; password: string }>().toExtend<inferRouterInputs<AuthRouter>['registration']['register']>();
  });

  test('can be changed one by one', () => {
    type Input = inferRouterInputs<AuthRouter<SomeFields>>['auth']['updateUser'];
    expectTypeOf<{ fields: { since: Date } }>().toExtend<Input>();
    expectTypeOf<{ fields: { plan: 'gratis' } }>().not.toExtend<Input>();
  });

  test('are none where none were declared', () => {
    expectTypeOf<FieldsOf<NoFields>>().toEqualTypeOf<z.output<typeof noFields>>();
    expectTypeOf<FieldsInputOf<NoFields>>().toEqualTypeOf<z.input<typeof noFields>>();
  });
});

/** The paths, below `Path`, at which a type is `any`. */
type AnyPaths<T, Path extends string = ''> = 0 extends 1 & T
  ? Path
  : T extends Date | string | number | boolean | null | undefined
    ? never
    : { [Key in keyof T & (string | number)]: AnyPaths<T[Key], `${Path}.${Key}`> }[keyof T & (string | number)];

test('no input and no output is any, at any depth', () => {
  expectTypeOf<AnyPaths<{ a: { b: ReturnType<typeof JSON.parse>[] } }>>().toEqualTypeOf<`.a.b.${number}`>();
  expectTypeOf<AnyPaths<inferRouterInputs<AuthRouter>>>().toBeNever();
  expectTypeOf<AnyPaths<inferRouterOutputs<AuthRouter>>>().toBeNever();
  expectTypeOf<AnyPaths<inferRouterInputs<AuthRouter<SomeFields>>>>().toBeNever();
  expectTypeOf<AnyPaths<inferRouterOutputs<AuthRouter<SomeFields>>>>().toBeNever();
});
